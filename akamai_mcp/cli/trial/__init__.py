"""What can be tried without an Akamai account: the demo.

Others take nothing: the command line loads its modules by name.
"""
