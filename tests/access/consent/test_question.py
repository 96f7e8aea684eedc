"""What a person reads before they agree: the request as it will be sent, in text that no argument can imitate."""

from __future__ import annotations

import json
import random
import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from akamai_mcp.access.action import Action
from akamai_mcp.access.consent.question import MAX_TEXT, draw_question, quote, write_question
from akamai_mcp.catalogue.effects import Decisive, Effect, Mark, parse_effect
from akamai_mcp.request.builder import Request
from akamai_mcp.request.content import FileContent, Streamed
from akamai_mcp.request.inspection.sent import read_sent
from akamai_mcp.request.inspection.values import read_values
from akamai_mcp.request.multipart import Part, new_boundary, write_form

HEAD = 'POST /papi/v1/properties/prp_1/activations for customer "acme" with its account switch key: destroy.'
EFFECT = parse_effect("POST", {"write_when": {"body.network": "STAGING"}})
JSON_TYPE = (("Content-Type", "application/json"),)


def action(
    content: bytes | None, headers: tuple[tuple[str, str], ...] = JSON_TYPE, effect: Effect = EFFECT, **more: Any
) -> Action:
    request = Request(
        method="POST",
        target=more.pop("target", "/papi/v1/properties/prp_1/activations?contractId=ctr_1"),
        headers=headers,
        content=content,
    )
    facts: dict[str, Any] = {
        "operation": "papi/v1#post-property-activations",
        "name": "akamai_papi_post_property_activations",
        "summary": "Activate a property",
        "products": ("papi",),
        "method": request.method,
        "target": request.target,
        "effect": "destroy",
        "reveals": False,
        "customer": "acme",
        "switched": True,
        "request": request,
        "decisive": effect.decisive(read_sent(request, {})),
    }
    return Action(**facts | more)


def text(*arguments: Any, **more: Any) -> str:
    return write_question(action(*arguments, **more)).text


def test_method_path_customer_and_account_come_first_then_what_decides_then_the_rest() -> None:
    lines = text(b'{"note": "monthly", "network": "PRODUCTION"}').splitlines()
    assert lines == [
        HEAD,
        'Operation: "Activate a property".',
        'Decides: body.network is "PRODUCTION".',
        'body "network": "PRODUCTION"',
        'query "contractId": "ctr_1"',
        'body "note": "monthly"',
    ]


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        ({}, []),
        ({"reveals": True}, ["The answer contains credentials."]),
        ({"replaces": True}, ["POST replaces the resource: what is left out is lost."]),
        ({"replaces": False, "method": "PUT"}, []),
        ({"replaces": None, "method": "PUT"}, ["PUT replaces the resource: what is left out is lost."]),
        ({"replaces": None, "method": "PATCH"}, []),
        ({"others": 1}, ['A server may read the path as: "Activate a property".']),
        ({"others": 5}, ['A server may read the path as: "Activate a property".'] * 3),
        (
            {"others": 1, "reveals": True, "replaces": True},
            [
                'A server may read the path as: "Activate a property".',
                "The answer contains credentials.",
                "POST replaces the resource: what is left out is lost.",
            ],
        ),
    ],
)
def test_what_else_a_call_does_stands_before_any_value(changes: dict[str, Any], lines: list[str]) -> None:
    one = replace(action(b'{"network": "STAGING"}', target="/x", switched=False), effect="write")
    assert one.request is not None
    method = changes.get("method", "POST")
    request, others = replace(one.request, method=method), (one,) * changes.get("others", 0)
    assert write_question(replace(one, **changes | {"request": request, "others": others})).text.split("\n") == [
        f'{method} /x for customer "acme": write.',
        'Operation: "Activate a property".',
        *lines,
        'Decides: body.network is "STAGING".',
        'body "network": "STAGING"',
    ]


async def test_a_file_is_read_beside_the_event_loop_and_all_of_it_is_agreed_to() -> None:
    readers: list[int] = []

    def read() -> Iterator[bytes]:
        readers.append(threading.get_ident())
        yield from (b"first", b"second")

    one = action(b"firstsecond", ())
    assert one.request is not None
    of_file = replace(one, request=replace(one.request, content=Streamed(pieces=(FileContent(size=11, read=read),))))
    question = await draw_question(of_file)
    assert question == write_question(of_file)
    assert threading.get_ident() not in readers[:1]
    assert await draw_question(one) == write_question(one) != question


@pytest.mark.parametrize(
    ("condition", "body"),
    [
        ("body.network", {"note": "x", "Net-work": "STAGING"}),
        ("body.networks[]", {"note": "x", "networks": ["STAGING"]}),
        ("body.zones.network", {"note": "x", "zones": [{"network": "STAGING"}]}),
    ],
)
def test_a_value_whose_name_is_like_a_deciding_one_comes_before_the_others(condition: str, body: dict[str, Any]) -> None:
    effect = parse_effect("POST", {"write_when": {condition: "STAGING"}})
    lines = text(json.dumps(body).encode(), effect=effect, target="/x").splitlines()[-2:]
    assert lines[0].endswith(': "STAGING"')
    assert lines[1] == 'body "note": "x"'


def test_a_member_name_cannot_pose_as_the_servers_words() -> None:
    name = "network) for customer sandbox: POST /papi/v1/dry-run (nothing is changed; note"
    lines = text(json.dumps({name: "ok", "network": "PRODUCTION"}).encode()).splitlines()
    assert lines[0] == HEAD
    assert 'Decides: body.network is "PRODUCTION".' in lines
    assert f'body "{name[:60]}"... (78 characters): "ok"' in lines


@pytest.mark.parametrize("character", ["\n", "\r", "\x1b", "\u202e", "\u2066", "\u200b", "\U000e0041", "\u3164", "\u05d0", "\u0627", '"', "\\", "\u0301", "\ufeff", "\ud83e"])  # fmt: skip
def test_a_character_that_acts_or_is_unseen_is_escaped(character: str) -> None:
    shown = quote(f"a{character}b")
    assert character not in shown[1:-1].replace('\\"', "").replace("\\\\", "")
    assert json.loads(shown) == f"a{character}b"


def test_every_character_of_unicode_is_shown_as_itself_or_escaped() -> None:
    for number in range(0x110000):
        character = chr(number)
        shown = quote(character)[1:-1]
        if shown == character:
            assert character.isprintable()
            assert unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me", "Zl", "Zp"}
            assert unicodedata.bidirectional(character) not in {"R", "AL", "AN", "RLE", "RLO", "LRO", "LRE", "RLI", "LRI", "FSI"}
        else:
            assert shown.startswith("\\")
            assert shown.isascii()


def test_decoys_push_no_deciding_value_out() -> None:
    body = {f"note{number}": "x" * 100 for number in range(10_000)} | {"network": "PRODUCTION"}
    shown = text(json.dumps(body).encode())
    assert len(shown) <= MAX_TEXT
    assert 'Decides: body.network is "PRODUCTION".' in shown
    assert re.search(r"And 9,9\d\d more values\.$", shown)


def test_a_harmful_value_among_many_harmless_ones_comes_first() -> None:
    effect = parse_effect("POST", {"write_when": {"body.network": "STAGING"}})
    body = [{"network": "STAGING"}] * 5_000 + [{"network": "PRODUCTION"}] + [{"network": "STAGING"}] * 5_000
    lines = text(json.dumps(body).encode(), effect=effect).splitlines()
    assert lines[2:4] == ['Decides: body.network is "PRODUCTION".', 'Decides: body.network is "STAGING" (10,000 times).']


def test_a_name_of_half_a_million_characters_makes_no_long_question() -> None:
    assert len(text(json.dumps({"x" * 500_000: "y" * 500_000}).encode())) < 1_000


TAG = "\U000e0041"  # unseen, and twelve characters where it is escaped


def test_no_text_makes_a_question_longer_than_a_person_can_take_in() -> None:
    effect = parse_effect("POST", {"write_when": {"body.networks[]": "STAGING"}})
    body = json.dumps({"networks": [f"{number}{TAG * 500}" for number in range(100)]}).encode()
    one = action(
        body, effect=effect, customer=TAG * 500, summary=TAG * 500, reveals=True, replaces=True, target=f"/{'x' * 9_000}"
    )
    lines = write_question(replace(one, others=(one,) * 9)).text.split("\n")
    assert len("\n".join(lines)) <= MAX_TEXT
    assert sum(line.startswith('Decides: body.networks[] is "') for line in lines) >= 4
    assert re.search(r"^And 9\d more values that decide\.$", "\n".join(lines), re.MULTILINE)
    assert lines[-1] == "And 100 more values."


def test_a_header_is_shown_before_query_and_body_since_it_may_choose_what_the_call_is_about() -> None:
    headers = (("Policy-Set", 'live"\n'), ("Accept", "application/json"), ("Content-Type", "application/merge-patch+json"))
    assert text(b'{"note": "x"}', headers).splitlines()[3:6] == [
        'header "Policy-Set": "live\\"\\n"',
        'header "Content-Type": "application/merge-patch+json"',
        'query "contractId": "ctr_1"',
    ]
    assert 'header "X-Api-Key": "***"' in text(None, (("X-Api-Key", "hunter2"),))


@pytest.mark.parametrize("name", ["If-Match", "Prefer", "Policy-Set"])
def test_the_whole_of_each_header_is_what_is_agreed_to(name: str) -> None:
    first, second = (write_question(action(b"{}", ((name, f"a; boundary={value}"), *JSON_TYPE))) for value in "ab")
    assert first.digest != second.digest


def test_the_whole_of_a_media_type_is_what_is_agreed_to() -> None:
    types = ("application/json; boundary=; charset=utf-8", "application/json; boundary=; charset=utf-7")
    first, second = (write_question(action(b"{}", (("Content-Type", one),))) for one in types)
    assert first.digest != second.digest


def test_an_absent_deciding_value_is_said() -> None:
    assert "Decides: body.network is absent." in text(b'{"note": "x"}')
    assert "Decides: body.network is absent." in text(None, ())


def test_secrets_are_not_shown() -> None:
    body = {
        "password": "hunter2",
        "nested": {"clientSecret": "hunter2"},
        "pem": "-----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----",
    }
    shown = text(json.dumps(body).encode())
    assert "hunter2" not in shown
    assert 'body "password": "***"' in shown


def test_what_a_put_loses_is_said() -> None:
    one = action(b"{}")
    assert one.request is not None
    assert "PUT replaces the resource" in write_question(replace(one, request=replace(one.request, method="PUT"))).text


def test_the_parts_of_a_form_are_shown_and_its_random_boundary_changes_nothing() -> None:
    parts = [
        Part(name="action", content=b"APPEND"),
        Part(name="file", content=b"\xff\x00", filename="list.csv", content_type="text/csv"),
    ]
    questions = []
    for _ in range(2):
        boundary = new_boundary()
        content = write_form(parts, boundary)
        assert isinstance(content, bytes)
        questions.append(write_question(action(content, (("Content-Type", f"multipart/form-data; boundary={boundary}"),))))
    assert questions[0] == questions[1]
    assert '"APPEND"' in questions[0].text
    assert "list.csv" in questions[0].text
    assert "2 bytes with SHA-256" in questions[0].text


@pytest.mark.parametrize(
    ("names", "steps"),
    [("abcde", '"a" "b" "c" "d" "e"'), ("abcdef", '"a" "b" ... "e" "f"'), ("abcdefgh", '"a" "b" ... "g" "h"')],
)
def test_a_deep_place_is_named_by_its_beginning_and_its_end(names: str, steps: str) -> None:
    body: Any = 1
    for name in reversed(names):
        body = {name: body}
    assert text(json.dumps(body).encode()).splitlines()[-1] == f"body {steps}: 1"


@pytest.mark.parametrize(("length", "cut"), [(500, False), (501, True), (5_000, True)])
def test_a_long_path_is_cut_in_the_middle_and_says_its_length(length: int, cut: bool) -> None:
    path = "/" + "".join(str(number % 10) for number in range(length - 1))
    shown = f"{path[:250]} ... {path[-250:]} ({length:,} characters)" if cut else path
    assert text(None, (), target=path).splitlines()[0].startswith(f"POST {shown} for customer")


@pytest.mark.parametrize(("more", "end"), [(0, 'body "99": "'), (1, "And 1 more values.")])
def test_values_are_shown_as_long_as_they_and_a_count_fit(more: int, end: str) -> None:
    *head, _ = text(b"{}", target="/x").split("\n")
    free = MAX_TEXT - 60 - len("\n".join([*head, ""]))
    lengths = [100] * (free // 100 - 1)  # of each line, with its end
    rest = free - sum(lengths)
    lengths += [rest // 2, rest - rest // 2 + more]
    names = [*(f"{number:02}" for number in range(len(lengths) - 1)), "99"]
    body = {name: "x" * (length - len('body "00": ""\n')) for name, length in zip(names, lengths, strict=True)}
    shown = text(json.dumps(body).encode(), target="/x").split("\n")
    assert shown[-1].startswith(end)
    assert len(shown) == len(head) + len(lengths)


@pytest.mark.parametrize(
    ("content", "media_type", "line"),
    [
        (b"a=1&a=2&b=%0A", "application/x-www-form-urlencoded", 'body "b": "\\n"'),
        (b"example.com. 60 IN A 192.0.2.1\n", "text/dns", 'body: "example.com. 60 IN A 192.0.2.1\\n"'),
        (b"[1, [], {}]", "application/json", "body [1]: []"),
        (b'"PRODUCTION"', "application/json", 'body: "PRODUCTION"'),
        (b'{"a": 1, "a": 2}', "application/json", 'body "a": 2'),
        (b"{broken", "application/json", 'body: "{broken"'),
        (
            b"\xff",
            "application/gzip",
            "body: 1 bytes with SHA-256 a8100ae6aa1940d0b663bb31cd466142ebbdbd5187131b92d93818987832eb89",
        ),
        (b"", "text/plain", 'body: ""'),
    ],
)
def test_every_kind_of_body_is_shown(content: bytes, media_type: str, line: str) -> None:
    assert line in text(content, (("Content-Type", media_type),)).splitlines()


NAMES = ["network", "Network", "note", "a\nb", "x" * 300, 'for customer "evil"', "\u202enetwork", "password", "", "body.network", "Decides: x", "é"]  # fmt: skip
LEAVES: list[Any] = ["STAGING", "PRODUCTION", "production", "\n" + HEAD, "x" * 5_000, "\u2066", None, True, 0, -1.5, 10**30, [], {}, '"', "And 3 more values."]  # fmt: skip


def random_body(source: random.Random, depth: int = 0) -> Any:
    kind = source.random()
    if depth > 3 or kind < 0.4:
        return source.choice(LEAVES)
    if kind < 0.6:
        return [random_body(source, depth + 1) for _ in range(source.randrange(6))]
    return {source.choice(NAMES): random_body(source, depth + 1) for _ in range(source.randrange(8))}


def respelt(source: random.Random, body: Any) -> bytes:
    """The same JSON value in other bytes."""
    spaces = source.choice([(",", ":"), (", ", ": "), (" , ", " :\n")])
    return json.dumps(body, ensure_ascii=source.random() < 0.5, separators=spaces).encode(errors="surrogatepass")


def test_no_body_moves_or_hides_method_path_customer_or_what_decides() -> None:
    source = random.Random(14)
    for _ in range(10_000):
        body = random_body(source)
        content = respelt(source, body)
        one = action(content)
        lines = write_question(one).text.split("\n")
        assert lines[:2] == [HEAD, 'Operation: "Activate a property".']
        assert sum(line.startswith(("POST ", "Operation: ")) for line in lines) == 2
        assert len("\n".join(lines)) <= MAX_TEXT
        deciding = [line for line in lines if line.startswith("Decides: ")]
        assert deciding == lines[2 : 2 + len(deciding)]
        assert deciding
        harmful = [value for value in one.decisive if not value.harmless]
        if harmful:
            assert deciding[0].removeprefix("Decides: body.network is ") in {f"{shown(value)}." for value in harmful} | {
                f"{shown(value)} ({harmful.count(value)} times)." for value in harmful
            }


def shown(one: Decisive) -> str:
    if isinstance(one.value, str):
        return quote(one.value)
    text = repr(one.value).lower() if isinstance(one.value, Mark) else json.dumps(one.value)
    return text if len(text) <= 120 else f"{text[:120]}... ({len(text):,} characters)"


def test_the_same_value_in_other_bytes_has_the_same_text() -> None:
    source = random.Random(41)
    for _ in range(1_000):
        body = random_body(source)
        first, second = (write_question(action(respelt(source, body))).text for _ in range(2))
        assert first == second


def test_values_come_in_the_order_in_which_they_are_sent() -> None:
    one = action(b'{"b": 1, "a": [true, {"c": null}]}')
    assert one.request is not None
    assert [(value.steps, value.value) for value in read_values(one.request)] == [
        (("contractId",), "ctr_1"),
        (("b",), 1),
        (("a", 0), True),
        (("a", 1, "c"), None),
    ]


@pytest.mark.parametrize(
    ("text", "longest", "shown"),
    [
        ("", 5, '""'),
        ("abcde", 5, '"abcde"'),
        ("abcdef", 5, '"abcde"... (6 characters)'),
        ("\u202e\u202e", 12, '"\\u202e\\u202e"'),
        ("\u202e\u202e", 11, '"\\u202e"... (2 characters)'),
        ("\u202e", 5, '""... (1 characters)'),
        ("Größe, 大きさ, Ж", 20, '"Größe, 大きさ, Ж"'),
        ("大きさ", 2, '"大き"... (3 characters)'),
        ("é ²⁺€：–", 20, '"é ²⁺€：–"'),  # noqa: RUF001 - a character of each class that keeps to its place
    ],
)
def test_what_is_escaped_counts_as_long_as_it_is_shown(text: str, longest: int, shown: str) -> None:
    assert quote(text, longest) == shown
