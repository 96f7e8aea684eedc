"""Whose credentials a call carries: customers, credentials and the EdgeGrid signature. No operation and no tool.

Others take `customers.Customers` to find a customer, `credentials` and `secret_files` to read secrets, `operator_files` for any
text that an operator names, `auth` and `signing` to sign a request, `clock.SigningClock`, and `watched` with `customers_file` for
files that are read again when they change.
"""
