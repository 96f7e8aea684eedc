"""Documents and programs that change while the server runs, and the clients who are told of it.

Others take `renewal` and `announcements`.
"""
