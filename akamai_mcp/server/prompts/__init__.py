"""Prompts that a person picks in a client, and the same as skill files: one for each program, and three general ones.

Others take `provider.PromptProvider`, which lists both and completes the arguments of prompts.
"""
