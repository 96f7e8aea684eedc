"""The fixed tools: search, describe, calls by effect, raw requests, figures, customers, programs.

Others take `discovery` for all tools of single calls and their names, `customers`, and `programs`.
"""
