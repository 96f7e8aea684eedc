"""Which operations there are: their names, effects and entries, in a prepared index. No HTTP and no MCP.

Others take `catalogue.Catalogue` to look operations up, by `filters.Filter` too, and `entry.Entry` as the value they get.
`drafts` and `index` are for building the index; `conditions`, `effects`, `field_notes`, `naming`, `page_notes`, `precedence`
and `undocumented` are functions of documents and arguments.
"""
