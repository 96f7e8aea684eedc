"""What must hold whatever is sent and answered, told from the documents and the input alone, without the code under test."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, quote, unquote

from akamai_mcp.catalogue.entry import Entry

TRANSPORT = {"host", "connection", "content-length", "expect", "te", "trailer", "transfer-encoding", "upgrade"}
SIGNED = {"host", "authorization", "user-agent", "accept-encoding", "connection", "content-length", "transfer-encoding"}
_TARGET = re.compile(r"/[!-~]*\Z")
_TRACE = re.compile(r"Traceback \(most recent|File \"[^\"]+\", line \d+|/site-packages/|akamai_mcp/\w+/\w+\.py")
_ACTING = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\U000e0000-\U000e0fff\u0590-\u08ff]"
)
LONGEST_PATH = 500
LONGEST_QUESTION = 2400
CRASH = "An unexpected error inside akamai-mcp"


UNSURE = "broke off or was not HTTP"  # a connection that ended: what was sent may have arrived, or not


class Broken(AssertionError):
    """A promise did not hold."""


def require(holds: object, what: str) -> None:
    """Raise Broken unless it holds."""
    if not holds:
        raise Broken(what)


@lru_cache(maxsize=4096)
def shape_of(path: str) -> re.Pattern[str]:
    """The paths that a template allows: a placeholder is part of one segment, never empty."""
    parts = re.split(r"\{[^{}]+\}", path.partition("?")[0])
    return re.compile(r"[^/?#]+".join(re.escape(part) for part in parts) + r"\Z")


def judge_request(method: str, target: str, headers: Iterable[tuple[str, str]], entry: Entry | None) -> None:
    """The request is the one that was meant: its method, the shape of its path, and nothing smuggled."""
    path, _, query = target.partition("?")
    require(_TARGET.match(target) and "#" not in target, f"the target is not plain: {target[:200]!r}")
    require(not path.startswith("//"), f"the target names a host: {path[:200]!r}")
    require(not _climbs(path), f"the path climbs: {path[:200]!r}")
    if entry:
        require(method == entry.method, f"{entry.key} was sent by {method}")
        require(shape_of(entry.path).match(path), f"{entry.key} ({entry.path}) was sent to {path[:200]!r}")
        require(not entry.refusal, f"{entry.key} can never be sent")
    else:
        require(method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"}, f"{method!r} was sent")
    names = [unquote(pair.partition("=")[0]).casefold() for pair in query.split("&")]
    require("accountswitchkey" not in names, "a call chose the account")
    for name, value in headers:
        require(not re.search(r"[\r\n\0]", name + value), f"a header has a second line: {name!r}")


def judge_write(target: str, content: Any, entry: Entry) -> None:
    """What went out as a write has none but harmless values under the names that decide, in any case of theirs."""
    pairs = parse_qsl(target.partition("?")[2], keep_blank_values=True)
    decides = [condition for condition in entry.effect.conditions if condition.location != "path"]
    body = json.loads(content) if content and any(condition.location == "body" for condition in decides) else None
    for condition in decides:
        *objects, name = condition.name.removesuffix("[]").casefold().split(".")[1:]
        harmless = [json.dumps(value) for value in condition.values]
        stated = [json.dumps(value) for value in _under(body, [*objects, name])]
        if condition.location == "query":
            harmless, stated = [text.strip('"') for text in harmless], []
        stated += [value for given, value in pairs if given.casefold() == name]
        require(set(stated) <= set(harmless), f"{entry.key} was a write with {condition.name} {stated}")
        require(stated or condition.optional, f"{entry.key} was a write without {condition.name}")


def _under(node: Any, names: list[str]) -> list[Any]:
    """Every value at a path of names, whatever their case; lists are looked through."""
    if isinstance(node, list):
        return [value for member in node for value in _under(member, names)]
    if not names:
        return [node]
    members = node.items() if isinstance(node, dict) else ()
    return [value for name, member in members if name.casefold() == names[0] for value in _under(member, names[1:])]


def judge_question(text: str, method: str, path: str, customer: str, effect: str) -> None:
    """A question begins with method, path, customer and effect, nothing else can pass for them, and it is bounded."""
    first, *others = text.split("\n")
    shown = (
        path
        if len(path) <= LONGEST_PATH
        else f"{path[: LONGEST_PATH // 2]} ... {path[-LONGEST_PATH // 2 :]} ({len(path):,} characters)"
    )
    account = f'for customer "{customer}" with its account switch key: {effect}.'
    require("key" in path.lower() or first == f"{method} {shown} {account}", f"the question begins with {first[:200]!r}")
    require(not any(line.startswith((f"{method} /", "{")) for line in others), "a value poses as a request")
    deciding = [number for number, line in enumerate(others) if line.startswith("Decides: ")]
    rest = [number for number, line in enumerate(others) if line.startswith(("header ", "query ", "body", "part "))]
    require(not deciding or not rest or max(deciding) < min(rest), "a deciding value stands behind another")
    require(len(text) <= LONGEST_QUESTION, f"the question has {len(text)} characters")
    require(not _ACTING.search(text), f"a character that acts is shown: {_ACTING.search(text)!r}")


_PREFIXED_ID = re.compile(r"\A[a-z]{3}_(?=[\w-]+\Z)")


def judge_values(path: str, template: str, given: Mapping[str, Any]) -> None:
    """Each text that was given for a place in the path stands in it, encoded whole.

    Of an id its prefix may be taken off, and a text of an enumeration may stand in the case of the document.
    """
    folded = path.casefold()
    for name in re.findall(r"\{([^{}]+)\}", template):
        if isinstance(value := given.get(name), str):
            bare = _PREFIXED_ID.sub("", value)
            whole = (quote(value, safe=""), quote(value.strip(), safe=""), f"/{quote(bare, safe='')}")
            require(
                any(one.casefold() in folded for one in whole),
                f"{value[:80]!r} was given for {name}, and {path[:200]!r} was sent",
            )


def judge_given_headers(headers: Iterable[tuple[str, str]]) -> None:
    """No header that a call gives is for the transport to say, or is given twice."""
    names = [name.lower() for name, _ in headers]
    require(not TRANSPORT.intersection(names) and "authorization" not in names, f"a call set {names}")


def judge_result(text: str, content: Mapping[str, Any] | None, *, failed: bool, sent: int, secrets: Iterable[str]) -> None:
    """The result is JSON of our shape, says the truth about what was sent, and holds neither traces nor secrets."""
    told = json.loads(text)
    require(isinstance(told, dict), "the result is no object")
    require(content is None or told == json.loads(json.dumps(content)), "text and structured content differ")
    require(CRASH not in text, "the server failed")
    require(not _TRACE.search(text), f"a trace was told: {text[:300]!r}")
    for secret in secrets:
        require(secret not in text, "a secret was told")
    if failed:
        problem = told.get("problem")
        require(
            "status" in told or (isinstance(problem, dict) and problem.get("title")), f"a failure without a problem: {text[:200]}"
        )
    require(told.get("sent") is not False or sent == 0, f"said not to be sent, and sent {sent} times: {text[:300]}")
    honest = sent or "status" in told or told.get("sent") is False or UNSURE in text
    require(not failed or honest, f"not said that nothing was sent: {text[:300]}")


def _climbs(path: str) -> bool:
    for _ in range(6):
        if any(part.split(";")[0] in {".", ".."} for part in re.split(r"[/\\]", path)):
            return True
        path = unquote(path)
    return False
