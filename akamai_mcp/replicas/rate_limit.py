"""The rate limiter's token buckets, shared by all replicas."""

from __future__ import annotations

from typing import Final

from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.limits import LimitPolicy, burst_at
from akamai_mcp.replicas.connection import RedisConnection
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import Membership, RedisUnavailableError

# The bucket of `pipeline.limits`, on Redis's clock, as one atomic script: refill, then take a token unless the wait is too long.
TAKE: Final = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1000000
local rate, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens, at = tonumber(held[1]) or burst, tonumber(held[2]) or now
tokens = math.min(burst, tokens + math.max(0, now - at) * rate)
local wait = math.max(0, (1 - tokens) / rate)
if wait <= longest then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.6f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil((burst - tokens) / rate * 1000) + 1000)
return string.format('%.6f', wait)
"""


class SharedBuckets:
    """A token bucket for each identity and API, used by all replicas at the rate that Akamai's headers gave."""

    def __init__(self, membership: Membership, keyring: Keyring, policy: LimitPolicy) -> None:
        self._membership = membership
        self._keyring = keyring
        self._policy = policy

    async def __call__(self, call: Call, rate: float) -> float | None:
        """Return the seconds to wait for a token; None if Redis cannot be reached and the local bucket applies."""
        if call.shared is None:
            return None
        name = self._keyring.name("bucket", call.identity, call.api)
        numbers = tuple(repr(number) for number in (rate, burst_at(rate, self._policy), self._policy.longest_wait))
        try:
            return await self._membership.ask(call.shared, lambda redis: _take(redis, name, numbers))
        except RedisUnavailableError:
            return None


async def _take(connection: RedisConnection, name: str, numbers: tuple[str, ...]) -> float:
    return float(await connection.evaluate(TAKE, connection.key("bucket", name), *numbers))
