"""Fixtures of the tests of stores: a Redis."""

from __future__ import annotations

from redis_stage import one_redis, redis  # noqa: F401 - fixtures
