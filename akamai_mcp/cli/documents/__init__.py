"""`akamai-mcp specs`: documents built, checked, fetched, compared with each other and with Akamai's answers.

Others take `specs` and `contract`, whose functions the commands run.
"""
