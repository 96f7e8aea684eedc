"""The cache keeps answers for their customer and never gives a stale one."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline_fakes import FakeClock, FakeUpstream, call, ok

from akamai_mcp.errors import CacheMissError, UpstreamConnectError, UpstreamTimeout
from akamai_mcp.pipeline.cache import Cache, CachePolicy, is_conditional, lifetime
from akamai_mcp.pipeline.call import Call, Response, Shared
from akamai_mcp.pipeline.counters import Counters
from akamai_mcp.pipeline.versions import Versions
from akamai_mcp.request.builder import Request


class Kit:
    """A cache round a fake upstream, with its clock and counters."""

    def __init__(self, *outcomes: Response | Exception, **policy: float) -> None:
        self.clock = FakeClock()
        self.upstream = FakeUpstream(*outcomes)
        self.counters = Counters()
        self.told: list[tuple[str, str, float]] = []
        self.cache = Cache(
            self.upstream,
            CachePolicy(**policy),  # type: ignore[arg-type]
            Versions(),
            self.counters,
            clock=self.clock,
            on_write=lambda *written: self.told.append(written),
        )

    @property
    def counted(self) -> dict[str, int]:
        return {event: count for event, count in self.counters.as_dict().items() if count}

    async def read(self, **changes: object) -> Response:
        return await self.cache(call(**changes))  # type: ignore[arg-type]

    async def write(self, method: str, target: str, **changes: object) -> Response:
        return await self.cache(call(method, target, **changes))  # type: ignore[arg-type]


async def test_a_second_read_is_a_hit_that_says_its_age() -> None:
    kit = Kit(ok(b"1"), ok(b"2"))
    await kit.read()
    kit.clock.now += 5
    again = await kit.read()
    assert (again.content, again.age, len(kit.upstream.calls)) == (b"1", 5.0, 1)


@pytest.mark.parametrize("validator", [{}, {"etag": '"v1"'}])
async def test_an_answer_is_fresh_for_the_time_of_its_class_only(validator: dict[str, str]) -> None:
    kit = Kit(ok(b"1", **validator), ok(b"2"), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 59.5
    assert (await kit.read()).content == b"1"
    kit.clock.now += 0.5
    assert (await kit.read()).content == b"2"


async def test_by_default_an_old_answer_with_a_validator_is_revalidated_for_a_day() -> None:
    kit = Kit(ok(b"1", etag='"v1"'))
    for seconds, asked_with in ((60 + 24 * 3600 - 1, (("If-None-Match", '"v1"'),)), (60 + 24 * 3600, ())):
        await kit.read(cache="refresh")
        kit.clock.now += seconds
        await kit.read()
        assert kit.upstream.calls[-1].request.headers == asked_with


def test_an_answer_of_a_class_that_is_never_kept_is_fresh_for_no_time() -> None:
    policy = CachePolicy(ordinary_seconds=2, reference_seconds=3)
    assert [policy.ttl(keep) for keep in ("minutes", "hours", "never")] == [2, 3, 0]


async def test_an_answer_that_another_replica_had_kept_is_fresh_for_what_is_left_of_its_time() -> None:
    kit = Kit(replace(ok(b"1"), age=40.0), ok(b"2"), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 19
    again = await kit.read()
    assert (again.content, again.age) == (b"1", 59.0)
    kit.clock.now += 1
    assert (await kit.read()).content == b"2"


async def test_an_answer_of_another_state_of_its_path_is_neither_found_nor_joined() -> None:
    kit = Kit(ok(b"1"), ok(b"2"))
    assert (await kit.read(shared=Shared(state="before", left=1.0))).content == b"1"
    assert (await kit.read(shared=Shared(state="after", left=1.0))).content == b"2"
    assert (await kit.read(shared=Shared(state="after", left=0.5))).age is not None


async def test_reference_data_is_kept_for_hours_and_status_never() -> None:
    kit = Kit(ok(b"1"), ok(b"2"), ok(b"3"), reference_seconds=3600)
    await kit.read(target="/a/countries", keep="hours")
    kit.clock.now += 3599
    assert (await kit.read(target="/a/countries", keep="hours")).content == b"1"
    await kit.read(target="/a/activation", keep="never")
    assert (await kit.read(target="/a/activation", keep="never")).content == b"3"


async def test_two_reads_with_other_bodies_never_share_an_answer() -> None:
    kit = Kit(ok(b"1"), ok(b"2"))
    bodies = [Request(method="GET", target="/a", headers=(), content=content) for content in (b"{}", b"[]", b"{}")]
    assert [(await kit.read(request=body)).content for body in bodies] == [b"1", b"2", b"1"]


async def test_two_customers_never_share_an_answer() -> None:
    kit = Kit(ok(b"acme"), ok(b"other"))
    assert (await kit.read(customer="acme")).content == b"acme"
    assert (await kit.read(customer="other")).content == b"other"


async def test_the_query_and_every_header_are_part_of_what_is_asked() -> None:
    kit = Kit()
    await kit.read(target="/a?x=1")
    await kit.read(target="/a?x=2")
    await kit.read(target="/a?x=1", headers=(("Accept", "text/csv"),))
    assert len(kit.upstream.calls) == 3


@pytest.mark.parametrize(
    "answer",
    [
        ok(status=404),
        ok(status=500),
        ok(status=206),
        ok(cache_control="no-store"),
        ok(cache_control="No-Store"),
        ok(cache_control="Private, NO-STORE"),
        ok(vary="*"),
    ],
)
async def test_only_successes_that_may_be_kept_are_kept(answer: Response) -> None:
    kit = Kit(answer)
    await kit.read()
    await kit.read()
    assert len(kit.upstream.calls) == 2


def test_max_age_shortens_a_lifetime_and_never_lengthens_it() -> None:
    assert lifetime(ok(cache_control="max-age=5"), 60.0) == 5.0
    assert lifetime(ok(cache_control="max-age=500"), 60.0) == 60.0
    assert lifetime(ok(cache_control="no-cache"), 60.0) == 0.0
    assert lifetime(ok(cache_control="private, no-store"), 60.0) is None
    assert lifetime(ok(cache_control="NO-CACHE"), 60.0) == 0.0
    assert lifetime(ok(cache_control='Max-Age="5"'), 60.0) == 5.0
    for no_number in ("", "x", "-5", "1.5", "_5_", "\u00b2"):
        assert lifetime(ok(cache_control=f"max-age={no_number}"), 60.0) == 60.0


async def test_an_old_answer_with_an_etag_is_revalidated_and_renewed_by_a_304() -> None:
    old = replace(ok(b"1", etag='"v1"'), elapsed=3.0)
    kit = Kit(old, replace(ok(b"", status=304), elapsed=0.5), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 61
    assert await kit.read() == replace(old, elapsed=0.5)  # the content of then, the time that it took now
    assert kit.upstream.calls[1].request.headers == (("If-None-Match", '"v1"'),)
    assert (await kit.read()).age == 0.0
    assert kit.counted == {"cacheMisses": 2, "cacheStored": 2, "cacheRevalidated": 1, "cacheHits": 1}


@pytest.mark.parametrize("validator", [{"etag": '"v1"'}, {"last_modified": "Tue, 14 Nov 2023 22:13:20 GMT"}])
async def test_an_old_answer_that_has_changed_is_replaced_by_the_new_one(validator: dict[str, str]) -> None:
    kit = Kit(ok(b"1", **validator), ok(b"2", etag='"v2"'), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 61
    assert (await kit.read()).content == b"2"
    again = await kit.read()
    assert (again.content, again.header("etag"), len(kit.upstream.calls)) == (b"2", '"v2"', 2)
    assert kit.counters["cacheRevalidated"] == 0


@pytest.mark.parametrize("status", [404, 500])
async def test_an_old_answer_whose_revalidation_fails_is_neither_given_nor_kept(status: int) -> None:
    kit = Kit(ok(b"1", etag='"v1"'), ok(status=status), ok(b"2"), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 61
    assert (await kit.read()).status == status
    assert (await kit.read()).content == b"2"
    assert len(kit.upstream.calls[2].request.headers) == 0


async def test_an_old_answer_is_revalidated_by_every_validator_that_it_has() -> None:
    since = "Tue, 14 Nov 2023 22:13:20 GMT"
    for headers, asked_with in (
        ({"last_modified": since}, (("Accept", "a/b"), ("If-Modified-Since", since))),
        ({"last_modified": since, "etag": '"v1"'}, (("Accept", "a/b"), ("If-None-Match", '"v1"'), ("If-Modified-Since", since))),
    ):
        kit = Kit(ok(b"1", **headers), ok(b"", status=304))
        for _ in range(2):
            await kit.read(headers=(("Accept", "a/b"),))
            kit.clock.now += 61
        assert kit.upstream.calls[1].request.headers == asked_with


async def test_an_old_answer_without_a_validator_is_asked_for_without_conditions() -> None:
    kit = Kit(ok(b"1"), ok(b"", status=304), ordinary_seconds=60)
    await kit.read()
    kit.clock.now += 61
    assert ((await kit.read()).status, kit.upstream.calls[1].request.headers) == (304, ())


async def test_an_old_answer_with_a_validator_is_kept_for_its_time_and_no_longer() -> None:
    kit = Kit(ok(b"1", etag='"v1"'), ok(b"2", etag='"v1"'), ok(b"3"), ordinary_seconds=60, stale=100)
    await kit.read()
    kit.clock.now += 159
    await kit.read()
    assert ("If-None-Match", '"v1"') in kit.upstream.calls[1].request.headers
    kit.clock.now += 161
    await kit.read()
    assert kit.upstream.calls[2].request.headers == ()


CONDITIONS = ("If-None-Match", "If-Match", "If-Modified-Since", "If-Unmodified-Since", "Range")


@pytest.mark.parametrize("name", [*CONDITIONS, *map(str.upper, CONDITIONS)])
async def test_a_callers_own_conditional_read_passes_untouched_and_its_answer_is_no_others(name: str) -> None:
    kit = Kit(ok(b"part", etag='"v1"'))
    for _ in range(2):
        assert (await kit.read(headers=(("Accept", "text/csv"), (name, "x")))).age is None
    assert (len(kit.upstream.calls), kit.counted) == (2, {})


def test_a_header_that_asks_for_no_part_and_no_state_is_no_condition() -> None:
    assert not is_conditional(call(headers=(("Accept", "a/b"), ("If-Something", "x"), ("X-Range", "1"))))


async def test_nothing_is_kept_where_the_cache_is_off() -> None:
    kit = Kit(ok(b"1", etag='"v1"'), enabled=False)
    for mode in ("use", "refresh", "only"):
        assert (await kit.read(cache=mode)).age is None
    assert (len(kit.upstream.calls), kit.counted) == (3, {})


@pytest.mark.parametrize("changes", [{"keep": "never"}, {"keep": "never", "cache": "refresh"}])
async def test_what_is_never_to_be_kept_is_not_kept_to_be_revalidated_either(changes: dict[str, object]) -> None:
    kit = Kit(ok(b"secret", etag='"v1"'))
    await kit.read(**changes)
    await kit.read(**changes)
    assert [sent.request.headers for sent in kit.upstream.calls] == [(), ()]
    assert kit.counted == {"cacheMisses": 2}


@pytest.mark.parametrize("keep", ["hours", "minutes", "never"])
async def test_a_response_that_is_in_a_file_is_not_kept_because_the_file_may_go(keep: str) -> None:
    kit = Kit(replace(ok(b"", etag='"v1"'), file=Path("large.bin"), size=9))
    await kit.read(keep=keep)
    assert (await kit.read(keep=keep)).age is None
    assert kit.counted == {"cacheMisses": 2}


async def test_refresh_asks_again_and_keeps_the_new_answer() -> None:
    kit = Kit(ok(b"1", etag='"v1"'), ok(b"2"), ok(b"3"))
    await kit.read()
    assert (await kit.read(cache="refresh")).content == b"2"
    assert kit.upstream.calls[1].request.headers == ()
    again = await kit.read()
    assert (again.content, again.age) == (b"2", 0.0)


async def test_only_never_asks_and_off_never_keeps() -> None:
    kit = Kit()
    with pytest.raises(CacheMissError):
        await kit.read(cache="only")
    await kit.read(cache="off")
    with pytest.raises(CacheMissError):
        await kit.read(cache="only")
    assert len(kit.upstream.calls) == 1


async def test_a_write_drops_what_it_touches_and_nothing_else() -> None:
    kit = Kit()
    for target in ("/papi/v1/properties/1", "/papi/v1/properties?x=1", "/papi/v1/properties/2"):
        await kit.read(target=target)
    await kit.write("PUT", "/papi/v1/properties/1/versions/3/rules")
    hits = [
        (await kit.read(target=t)).age is not None
        for t in ("/papi/v1/properties/1", "/papi/v1/properties?x=1", "/papi/v1/properties/2")
    ]
    assert hits == [False, False, True]


async def test_a_write_drops_nothing_of_another_customer() -> None:
    kit = Kit()
    await kit.read(customer="other")
    await kit.write("DELETE", "/papi/v1/properties/1", customer="acme")
    assert (await kit.read(customer="other")).age is not None


async def test_cross_links_are_dropped_with_the_path_itself() -> None:
    kit = Kit()
    await kit.read(target="/papi/v1/hostnames")
    await kit.write("POST", "/papi/v1/properties/1/activations", touches=("/papi/v1/hostnames",))
    assert (await kit.read(target="/papi/v1/hostnames")).age is None
    assert kit.counted == {"cacheMisses": 2, "cacheStored": 2, "invalidations": 1}


@pytest.mark.parametrize(
    ("outcome", "told"), [(ok(status=204), 0.0), (ok(status=202), 30.0), (UpstreamTimeout("t"), 30.0), (ok(status=403), None)]
)
async def test_each_path_that_a_write_changes_is_told_with_how_long_its_effect_may_still_come(
    outcome: Response | Exception, told: float | None
) -> None:
    kit = Kit(outcome, unsettled=30.0)
    written = call("PUT", "/papi/v1/properties/1?x=1", touches=("/papi/v1/hostnames", "/papi/v1/groups"))
    with suppress(UpstreamTimeout):
        await kit.cache(written)
    paths = () if told is None else ("/papi/v1/properties/1", "/papi/v1/hostnames", "/papi/v1/groups")
    assert kit.told == [(written.identity, path, told) for path in paths]


async def test_reads_tell_of_no_change() -> None:
    kit = Kit()
    await kit.read()
    await kit.read(cache="off")
    assert kit.told == []


@pytest.mark.parametrize(
    ("outcome", "drops"),
    [
        (ok(status=204), True),
        (ok(status=500), True),
        (UpstreamTimeout("t"), True),
        (ok(status=403), False),
        (UpstreamConnectError("c"), False),
    ],
)
async def test_a_write_drops_reads_unless_it_surely_changed_nothing(outcome: Response | Exception, *, drops: bool) -> None:
    kit = Kit(ok(b"1"), outcome, ok(b"2"))
    await kit.read()
    try:
        await kit.write("PUT", "/papi/v1/properties/1")
    except Exception as error:  # noqa: BLE001
        assert error is outcome
    assert ((await kit.read()).content == b"2") is drops


async def test_after_an_uncertain_write_nothing_it_touches_is_kept_for_a_while() -> None:
    kit = Kit(ok(b"", status=202), ok(b"old"), ok(b"new"), unsettled=30)
    await kit.write("POST", "/papi/v1/properties/1/activations")
    await kit.read()
    assert (await kit.read()).content == b"new"
    kit.clock.now += 29.5
    await kit.read()
    assert (await kit.read()).age is None
    kit.clock.now += 0.5
    await kit.read()
    assert (await kit.read()).age is not None


async def test_a_read_that_a_write_overtakes_is_not_kept() -> None:
    kit = Kit(ok(b"before"), ok(b"written"), ok(b"after"))
    reading, wrote = asyncio.Event(), asyncio.Event()

    async def hold(held: Call) -> None:
        if held.is_safe and not wrote.is_set():
            reading.set()
            await wrote.wait()

    kit.upstream.before = hold
    read = asyncio.create_task(kit.read())
    await reading.wait()
    await kit.write("PUT", "/papi/v1/properties/1")
    wrote.set()
    await read
    assert (await kit.read()).content == b"after"


async def test_the_cache_is_bounded_in_bytes() -> None:
    kit = Kit(ok(b"x" * 2_000), max_bytes=64_000)
    for number in range(100):
        await kit.read(target=f"/a/{number}")
    assert 0 < kit.cache._entries.currsize <= 64_000
    assert (await kit.read(target="/a/99")).age is not None
    assert (await kit.read(target="/a/0")).age is None


@pytest.mark.parametrize(("size", "asked"), [(6_976, 1), (6_977, 2)])
async def test_an_answer_of_more_than_an_eighth_of_the_cache_is_not_kept(size: int, asked: int) -> None:
    kit = Kit(ok(b"x" * size), max_bytes=64_000)  # an entry counts as its content and 1,024 bytes
    await kit.read()
    await kit.read()
    assert (len(kit.upstream.calls), kit.counters["cacheStored"]) == (asked, 2 - asked)


@pytest.mark.parametrize(
    "newer", [ok(b"x" * 7_000), ok(b"new", cache_control="max-age=0"), ok(b"new", cache_control="no-store"), ok(status=500)]
)
async def test_once_a_newer_answer_was_given_an_older_one_never_is_though_the_newer_cannot_be_kept(newer: Response) -> None:
    kit = Kit(ok(b"old"), newer, ok(b"newest"), max_bytes=64_000)
    await kit.read()
    await kit.read(cache="refresh")
    assert (await kit.read()).content == b"newest"
    assert kit.counters["cacheStored"] == 2


@pytest.mark.parametrize("status", [404, 409, 410, 412, 428])
async def test_a_refusal_that_says_that_the_callers_picture_is_old_voids_it(status: int) -> None:
    kit = Kit(ok(b"old", etag='"a"'), ok(b"linked"), ok(status=status), ok(b"new", etag='"b"'))
    await kit.read()
    await kit.read(target="/papi/v1/hostnames")
    await kit.write("PUT", "/papi/v1/properties/1", touches=("/papi/v1/hostnames",))
    again = await kit.read()
    assert (again.content, again.header("etag"), again.age) == (b"new", '"b"', None)
    assert (await kit.read(target="/papi/v1/hostnames")).age is None
    assert (await kit.read()).age is not None  # what is read after the refusal is kept at once


@pytest.mark.parametrize("status", [404, 412])
async def test_a_refusal_voids_nothing_of_another_customer(status: int) -> None:
    kit = Kit(ok(b"other"), ok(status=status))
    await kit.read(customer="other")
    await kit.write("PUT", "/papi/v1/properties/1", customer="acme")
    assert (await kit.read(customer="other")).age is not None
