"""The one path of a call: arguments in, answer out.

Every way in (own tool, callers, raw request, resources, command line) takes `invoker.Invoker`; nothing else sends a call.
"""
