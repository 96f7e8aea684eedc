"""The call log, metrics and traces.

Loaded only where one of them is configured.
"""
