"""What replicas count together: tokens of the rate limiter, and confirmations that were used."""

from __future__ import annotations

from typing import Final

from akamai_mcp.pipeline.call import Call
from akamai_mcp.pipeline.limits import LimitPolicy
from akamai_mcp.replicas.connection import Session
from akamai_mcp.replicas.encryption import Keyring
from akamai_mcp.replicas.membership import CutOffError, Link

# The bucket of `pipeline.limits`, on Redis's clock: refill, take a token, and give back one that is too far away.
TAKE: Final = """
local told = redis.call('TIME')
local now = tonumber(told[1]) + tonumber(told[2]) / 1000000
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


class SharedTokens:
    """A bucket for each identity and API that all replicas take from, each at the rate that it has learned of Akamai."""

    def __init__(self, link: Link, keyring: Keyring, policy: LimitPolicy) -> None:
        self._link = link
        self._keyring = keyring
        self._policy = policy

    async def __call__(self, call: Call, rate: float) -> float | None:
        """Seconds to wait for a token, or None where Redis cannot be asked and each replica has its own bucket."""
        if call.shared is None:
            return None
        name = self._keyring.name("bucket", call.identity, call.api)
        numbers = tuple(repr(number) for number in (rate, self._policy.burst, self._policy.longest_wait))
        try:
            return await self._link.ask(call.shared, lambda session: _take(session, name, numbers))
        except CutOffError:
            return None


async def _take(session: Session, name: str, numbers: tuple[str, ...]) -> float:
    return float(await session.evaluate(TAKE, session.key("bucket", name), *numbers))
