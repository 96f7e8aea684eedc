"""A fake Akamai on the loopback: it checks signatures, remembers what it is told and answers from the documents.

For the demo, the tests and the benchmarks; nothing here is reached by a server that talks to Akamai.
"""
