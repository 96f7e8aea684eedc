"""What a response says to the layers: whether the attempt changed anything, when to repeat it, how much of a limit is left.

Others take `effect`, `retry_time`, `rate_limits`, `gateway` and `problem`.
"""
