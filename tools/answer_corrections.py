"""`python tools/answer_corrections.py FOLDER`: write specs/answers.jsonl: how recorded answers differ from their documents.

FOLDER has `akamai-apis/apis`, whose documents show examples of answers, and `conformance/client_requests.jsonl`, the exchanges of
Akamai's client. A correction is kept only if a recorded answer does not fit without it. What cannot be corrected is printed.
"""

from __future__ import annotations

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from akamai_mcp.contract.difference import kind_of
from akamai_mcp.documents.build import official_documents
from akamai_mcp.documents.facts import Facts, extract_facts
from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.media_types import is_json, is_media_type
from akamai_mcp.openapi.answers.corrections import FILE_NAME, Correction, in_order, to_lines, to_pointer
from akamai_mcp.openapi.answers.widening import widen
from akamai_mcp.openapi.loader import DocumentFile, identify, load_raw, members, plain, resolve, subject
from akamai_mcp.openapi.parser import PATH_ITEM_METHODS
from akamai_mcp.request.validation.bounded import BoundedAnswer30, BoundedAnswer31

ROUNDS: Final = 200  # corrections of one answer
VALIDATORS: Final = {"3.0": BoundedAnswer30, "3.1": BoundedAnswer31}
SIZES: Final = ("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties")
WITHOUT_MEASURE: Final = ("pattern", "multipleOf", "uniqueItems", "exclusiveMinimum", "exclusiveMaximum")
BOUNDS: Final[Mapping[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(SIZES, len),
    **dict.fromkeys(("minimum", "maximum"), lambda value: value),
    **dict.fromkeys(WITHOUT_MEASURE, lambda _: None),
}
NAME: Final = re.compile(r"[A-Za-z_$][\w.-]{0,60}\Z", re.ASCII)
REQUIRED: Final = re.compile(r"'(.*)' is a required")

Key = tuple[str, str]  # operation, declared status


@dataclass(slots=True, kw_only=True)
class Answers:
    """The answers of one operation and status, by where they were recorded; without a schema there is nothing to compare."""

    operation: str
    status: str
    dialect: str
    schema: Any
    bodies: list[tuple[str, Any]] = field(default_factory=list)
    is_added: bool = False  # an answer whose status is not declared, like another one

    def widened(self, corrections: Iterable[Correction]) -> Any:
        """The schema with some corrections."""
        schema = self.schema
        for correction in corrections:
            schema = widen(schema, correction, self.dialect)
        return schema

    def errors(self, schema: Any, body: Any) -> list[Any]:
        """What is wrong with a body."""
        return list(VALIDATORS[self.dialect](schema).iter_errors(body))

    def to_correct(self, at: Sequence[Any], kind: Any, value: Any = None) -> Correction:
        """A correction of these answers."""
        return Correction(operation=self.operation, status=self.status, at=to_pointer(at), kind=kind, value=value)


def read_documents(folder: Path) -> dict[Key, Answers]:
    """The answers that documents declare, with the documents' own examples."""
    return {(one.operation, one.status): one for file in official_documents(folder) for one in _answers_of(file)}


def _answers_of(file: DocumentFile) -> Iterator[Answers]:
    official = resolve(load_raw(file), file)
    product, version = identify(file, official)
    facts = extract_facts(official, title="")
    dialect = facts["openapi"][:3]
    for template, item in facts["paths"].items():
        for method in (method for method in PATH_ITEM_METHODS if method in item):
            source = subject(subject(subject(official["paths"])[template])[method])
            for status, response in item[method]["responses"].items():
                if status.startswith("2"):
                    name, schema = _json_of(response)
                    bodies = [("example", body) for body in _examples(source, status, name)]
                    key = f"{product}/{version}#{item[method]['operationId']}"
                    yield Answers(operation=key, status=status, dialect=dialect, schema=schema, bodies=bodies if schema else [])


def _json_of(response: Facts) -> tuple[str, Any]:
    """The first media type of JSON with its schema; none where there is none."""
    content = response.get("content", {})
    name = next((name for name in content if is_json(name) or not is_media_type(name)), "")
    return name, content.get(name, {}).get("schema")


def _examples(operation: Mapping[str, Any], status: str, name: str) -> Iterator[Any]:
    media = subject(subject(subject(operation["responses"])[status]).get("content") or {}).get(name)
    if not isinstance(media := subject(media), Mapping):
        return
    if "example" in media:
        yield plain(media["example"])
    for _, example in members(media.get("examples")):
        if isinstance(example, Mapping) and "value" in example:
            yield plain(example["value"])


def add_exchanges(found: dict[Key, Answers], path: Path) -> Iterator[Correction]:
    """Add the answers that the client got, and yield a correction for each whose status is not declared."""
    declared = dict(reversed([(operation, status) for operation, status in found]))
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        key, status, body = row["operation"], str(row["response_status"]), row["response_body"]
        if key not in declared or not status.startswith("2"):
            continue
        if (key, status) not in found or found[key, status].is_added:
            like = found[key, declared[key]]
            found.setdefault((key, status), replace(like, status=status, bodies=[], is_added=True))
            yield Correction(operation=key, status=status, kind="status", value=declared[key])
        answers = found[key, status]
        answers.bodies += [("client", body)] if body is not None and answers.schema else []


def learn(answers: Answers) -> tuple[list[Correction], list[str]]:
    """The corrections with which the answers fit, and what is still wrong then."""
    made: list[Correction] = []
    left: list[str] = []
    for source, body in answers.bodies:
        for _ in range(ROUNDS):
            errors = answers.errors(answers.widened(made), body)
            further = (one for error in errors for one in to_corrections(error, answers) if one not in made)
            if (correction := next(further, None)) is None:
                break
            made.append(correction)
        left += [f"{answers.operation} {answers.status} {source}: {error.json_path} {error.validator}" for error in errors]
    return made, left


def to_corrections(error: Any, answers: Answers) -> Iterator[Correction]:
    """The corrections of what is wrong; those of one alternative where several are declared."""
    at = list(error.absolute_schema_path)[:-1]
    if error.validator in ("oneOf", "anyOf"):
        yield from _of_alternatives(error, at, answers)
    else:
        yield from (answers.to_correct(at, kind, value) for kind, value in _kinds(error))


def _kinds(error: Any) -> Iterator[tuple[str, Any]]:
    keyword, value = error.validator, error.instance
    if keyword in ("type", "enum", "const") and value is None:
        yield "null", None
    elif keyword == "type":
        yield "type", kind_of(value)
    elif keyword in ("enum", "const"):
        yield "value", value
    elif keyword == "required" and (name := REQUIRED.match(error.message)):
        yield "missing", name[1]
    elif keyword == "writeOnly":
        yield "shown", None
    elif keyword == "additionalProperties":
        declared = error.schema.get("properties") or {}
        yield from (("member", {name: kind_of(one)}) for name, one in value.items() if name not in declared and NAME.match(name))
    elif keyword in BOUNDS:
        yield "bound", {keyword: BOUNDS[keyword](value)}


def _of_alternatives(error: Any, at: Sequence[Any], answers: Answers) -> Iterator[Correction]:
    if not error.context:
        yield answers.to_correct(at, "alternatives")
        return
    branches = [list(found) for _, found in groupby(error.context, key=lambda one: one.schema_path[0])]
    of_its_type = [found for found in branches if not any(one.validator == "type" and not one.path for one in found)]
    if of_its_type:
        nearest = min(of_its_type, key=_distance)
        yield from (correction for one in nearest for correction in to_corrections(one, answers))
    elif error.instance is None:
        yield answers.to_correct([*at, error.validator, 0], "null")
    else:
        yield answers.to_correct(at, "type", kind_of(error.instance))


def _distance(errors: Iterable[Any]) -> int:
    return sum(1 + _distance(error.context or ()) for error in errors)


def keep_needed(answers: Answers, made: Sequence[Correction]) -> Iterator[Correction]:
    """The corrections without which an answer that fits would not, with the number of such answers."""
    kept = list(made)
    fitting = [(source, body) for source, body in answers.bodies if not answers.errors(answers.widened(made), body)]
    for correction in made:
        schema = answers.widened(one for one in kept if one is not correction)
        seen = Counter(source for source, body in fitting if answers.errors(schema, body))
        if seen:
            yield replace(correction, seen=dict(sorted(seen.items())))
        else:
            kept.remove(correction)


def count_statuses(corrections: Iterable[Correction]) -> Iterator[Correction]:
    """Each correction of a status once, with the number of its answers."""
    yield from (replace(key, seen={"client": len(list(found))}) for key, found in groupby(in_order(corrections)))


def main(folder: Path) -> None:
    """Learn, write, and say what was left."""
    found = read_documents(folder / "akamai-apis" / "apis")
    corrections = list(count_statuses(add_exchanges(found, folder / "conformance" / "client_requests.jsonl")))
    fits: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for answers in found.values():
        fits["as declared"].update(source for source, body in answers.bodies if not answers.errors(answers.schema, body))
        fits["recorded"].update(source for source, _ in answers.bodies)
        made, left = learn(answers)
        corrections += keep_needed(answers, made)
        print("\n".join(left), end="\n" if left else "")
    (embedded_folder() / FILE_NAME).write_text(to_lines(in_order(corrections)), encoding="utf-8")
    print({name: dict(counts) for name, counts in fits.items()}, dict(Counter(one.kind for one in corrections)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
