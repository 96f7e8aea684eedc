"""A fake Akamai on the loopback: it checks signatures, remembers changes and answers from the documents.

Others take `app`, `server` and `signature.Credentials`. The demo, the sandbox command, the tests and the benchmarks use it; a
server that talks to Akamai never loads it.
"""
