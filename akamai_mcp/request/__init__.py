"""What a call says: arguments by location, serialized into a request. Pure functions, no network and no MCP.

Others take `arguments` to sort arguments by location, `reading` to read a value as its declared type, `control_names`,
`lengths` for the limits of arguments, `builder.Request`, `bodies`, `content`, `files` and `serialization` for what is in it,
`overrides` for what no request may say, and `redaction` for what is shown of it. The room `validation/` compares arguments with
the schema, `inspection/` reads a built request back, and `adjusting/` has what changes about arguments before.
"""
