"""The one path of a call: arguments in, answer out.

Others take `invoker.Invoker`, the only way to make a call, `prepare.RawArguments`, the names and bounds in `controls`,
`describe.describe_operation`, and `customer_list.CustomerList`.
"""
