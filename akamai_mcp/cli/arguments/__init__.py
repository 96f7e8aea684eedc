"""What is given on a command line: settings as options, arguments of a call as pairs, and completion in a shell.

Others take `pairs` and `settings`; the command table names `completion`.
"""
