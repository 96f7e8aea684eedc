"""What can be tried without an Akamai account: the demo, and a fake account for a client of one's own.

Others take `accounts`, which `serve --sandbox` starts, and `arguments`, the options of the commands.
"""
