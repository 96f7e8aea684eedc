"""The library of programs: jobs that people ask for, written down once, found by search and run by name.

Others take `library` for them, `program` for one, `finding` for those that a question means, `inputs` for their inputs,
`words` for what is said of them, `check` for what is wrong with them, and
`renewal` to read them again. A program is a file: a docstring in YAML, then the
source.
"""
