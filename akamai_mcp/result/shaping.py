"""Shape an answer: select a part, cut it to its budget, and store the whole for later reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.http_status import is_error
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.budget import fit, name_cuts
from akamai_mcp.result.decoding import is_binary, is_saved
from akamai_mcp.result.files.binary import Keep, Save, shape_binary
from akamai_mcp.result.files.listing import list_archive
from akamai_mcp.result.selection import select_part

BODIES: Final = ("body", "problem")
UNSELECTED_BUDGET: Final = 1_000  # of an answer whose select failed: enough to see its form; the handle has the whole
REFUSED: Final = "select cannot be applied: "
MULTI_STATUS: Final = 207
MAX_FAILED: Final = 50
FAILED_NAMES: Final = ("failures", "failure", "failed", "errors")
BAD_WORDS: Final = frozenset({"failed", "failure", "error", "invalid", "rejected"})


def shape(
    answer: Answer,
    *,
    select: str | None,
    max_bytes: int,
    keep: Keep,
    save: Save = lambda _, __: None,
    embed: bool = False,
) -> Answer:
    """The answer with its body selected and cut to `max_bytes`; a body that was cut can be read whole by its handle.

    Binary content is never cut, because part of it is useless: it is described and linked, and with `embed` attached.
    """
    content, shown = dict(answer.content), max_bytes
    if select and "body" in content:
        part, applied = _selected(select, content["body"])
        content |= part
        shown = max_bytes if applied else min(max_bytes, UNSELECTED_BUDGET)
    name = next((name for name in BODIES if name in content), None)
    if name is None:
        return answer
    whole = content[name]
    if is_binary(whole):
        described = replace(answer, content=content)
        return shape_binary(described, name, max_bytes=max_bytes, embed=embed, keep=keep, save=save)
    fitted = fit(whole, shown)
    handle = keep(whole) if fitted.cuts else None
    if fitted.cuts and handle is None:
        fitted = fit(whole, max_bytes)  # nowhere else to read what a failed selection would leave out
    content[name] = fitted.value
    if fitted.cuts:
        content["_cut"] = {"bytes": fitted.size, "cuts": name_cuts(fitted.cuts), **_handle(handle, whole)}
    return replace(answer, content=content)


def _selected(expression: str, body: Any) -> tuple[dict[str, Any], bool]:
    """The selected body with a note on it, and whether the expression could be applied."""
    if is_saved(body):  # the file's path must not be lost
        return {"body": body, "note": "select was not applied: the answer is in a file"}, True
    try:
        part = select_part(expression, {**body, **list_archive(body, most=None)} if is_binary(body) else body)
    except ArgumentError as error:  # the call was sent: an error would look as if it was not
        reason = error.message.removeprefix(REFUSED).removesuffix(".")
        return {"note": f"select was not applied: {reason}. The answer {_names(body)}. {error.advice}"}, False
    if _is_nothing(part):
        outside = " select starts inside body: leave out `body.`;" if _starts_outside(expression, body) else ""
        return {"body": part, "note": f"select matched nothing;{outside} the answer {_names(body)}"}, True
    return {"body": part}, True


def _is_nothing(part: Any) -> bool:
    """True for null, an empty list, and an object or a list that has nothing else: what a wrong name selects."""
    if isinstance(part, Mapping):
        return bool(part) and all(map(_is_nothing, part.values()))
    return part is None or (isinstance(part, list) and all(map(_is_nothing, part)))


def _starts_outside(expression: str, body: Any) -> bool:
    return expression.strip().partition(".")[0] == "body" and not (isinstance(body, Mapping) and "body" in body)


def _names(body: Any) -> str:
    if isinstance(body, Mapping):
        return f"has {', '.join(list(map(str, body))[:20])}"
    if not isinstance(body, list):
        return "is text"
    return f"is a list of {len(body)}" + (
        f", whose first item {_names(body[0])}" if body and isinstance(body[0], Mapping) else ""
    )


def _handle(handle: str | None, whole: Any) -> dict[str, str]:
    if handle is None:
        return {"advice": "Request less: use select, a filter, or fewer items."}
    part = "[200:400] for lines 200 to 400" if isinstance(whole, str) else "a JMESPath such as items[50:100]"
    return {"whole": handle, "advice": f"To read more, call akamai_read with name = this handle and select = {part}."}


def mark_partial(answer: Answer) -> Answer:
    """The answer; a 207 with failed items becomes an error that starts with the first MAX_FAILED of them."""
    if answer.content.get("status") != MULTI_STATUS or not (failed := failed_items(answer.content.get("body"))):
        return answer
    advice = "Some items failed: correct them and send only those again."
    content = {"status": MULTI_STATUS, "failed": len(failed), "failedItems": failed[:MAX_FAILED], "advice": advice}
    return replace(answer, content={**content, **answer.content}, is_error=True)


def failed_items(body: Any) -> list[Any]:
    """The failed items of a multi-status body."""
    if isinstance(body, list):
        return [item for item in body if has_failed(item)]
    if not isinstance(body, Mapping):
        return []
    named = [item for name in FAILED_NAMES if isinstance(body.get(name), list) for item in body[name]]
    lists = [value for name, value in body.items() if isinstance(value, list) and name not in FAILED_NAMES]
    return [*named, *(item for items in lists for item in items if has_failed(item))]


def has_failed(item: Any) -> bool:
    """True for an item that reports a failure: a 4xx or 5xx status, `success: false`, or an error."""
    if not isinstance(item, Mapping):
        return False
    for name in ("status", "statusCode", "httpStatus", "code"):
        status = item.get(name)
        if isinstance(status, int) and not isinstance(status, bool) and is_error(status):
            return True
        if isinstance(status, str) and (status.lower() in BAD_WORDS or (status.isdigit() and status[0] in {"4", "5"})):
            return True
    return item.get("success") is False or bool(item.get("error") or item.get("errors"))
