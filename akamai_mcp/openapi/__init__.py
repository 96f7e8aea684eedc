"""What the OpenAPI documents say: files to documents to operations. No HTTP and no MCP.

Others take `model.Operation` and its parts, `loader` and `parser` to read documents, `reachable` for what one operation needs of
a document, `templates` to compare and fill paths, `paths` to fold them, `media_choice` for the media type of a body, `schema`
for JSON Schemas that every MCP client accepts, `shape` for a schema in one line, `patterns` to compile a pattern within bounds,
`corrections` for what a document says wrongly of parameters, the room answers for what it says wrongly of answers, and
`visible_text` for text that hides nothing.
"""
