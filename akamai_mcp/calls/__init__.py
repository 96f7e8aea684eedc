"""The one path of a call: arguments in, answer out.

Others take `invoker.Invoker`, the only way to make a call, `prepare.RawArguments`, the names and bounds in `controls`,
`describe.describe_operation`, `example_check.check_examples`, `customer_list.CustomerList`, `credential_check` for the
customers in it, `stored.source_of` for where a stored result comes from, `text_lines` for stored text,
and `turns` in which calls work.
"""
