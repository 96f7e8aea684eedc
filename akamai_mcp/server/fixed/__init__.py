"""The server's own tools: search, describe, calls by effect, raw requests, figures, customers, programs.

Others take `surface.build_fixed_tools`, `customers.customers_tool`,
`inventory.find_tool` and `programs` for the tools, `caller_library` and `caller_inventory`
for the programs that a caller may run and the questions that the inventory answers, `names` for their names,
`instructions.write_instructions`, and `tool` for arguments that are declared and read in the same way.
"""
