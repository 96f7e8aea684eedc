"""Binary answers: their archives are listed, and a member is read or searched, without anything written to a disk.

Others take `address` for the parts of a stored answer's handle, `parts` for what a handle names, `listing`, and `binary` for the
shape of an answer with a file.
"""
