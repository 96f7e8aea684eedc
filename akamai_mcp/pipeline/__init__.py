"""How a call travels: the layers around one handler, with the transport innermost.

Others take `stack.build_pipeline`, the values in `call`, and the policies of `cache`, `limits` and `retry`. `cache_rules` says
how long an answer may be cached and what a change touches, `versions` which state of a path a read has. `off_loop` runs long
work. `counters`, `record` and `timing` are what observability reads.
"""
