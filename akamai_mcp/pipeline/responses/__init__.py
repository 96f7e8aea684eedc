"""What a response says to the layers: whether it changed anything, when to repeat it, what is left of a limit, where to go.

Others take `effect`, `retry_time`, `rate_limits`, `redirect`, `gateway` and `problem`.
"""
