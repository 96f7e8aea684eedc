"""The tree of errors is as it is drawn, and each error says what the attempt that it ended did."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from akamai_mcp import errors
from akamai_mcp.errors import AkamaiMcpError

PACKAGE = Path(errors.__file__).parent
# Their messages are reasons within the advice of another answer: why a redirect was not followed.
REASONS = {"calls/redirects.py", "pipeline/responses/redirect.py"}
EFFECTS = {"none", "unknown", "taken"}


def walk(kind: type[AkamaiMcpError] = AkamaiMcpError, depth: int = 0) -> Iterator[tuple[int, type[AkamaiMcpError]]]:
    """Every class below one, with how deep it is, in the order of their definition."""
    yield depth, kind
    for child in kind.__subclasses__():
        if child.__module__ == errors.__name__:  # not those that a test made
            yield from walk(child, depth + 1)


def test_the_tree_that_the_module_draws_is_the_tree() -> None:
    drawing = (errors.__doc__ or "").split("```")[1].strip().splitlines()
    lines = [match for line in drawing if (match := re.match(r"((?:[| ]  )*)(\|- )?([A-Za-z]+)  +\S", line))]
    assert len(lines) == len(drawing)
    drawn = [(len(match[1]) // 3 + bool(match[2]), match[3]) for match in lines]
    assert drawn == [(depth, kind.__name__) for depth, kind in walk()]


@pytest.mark.parametrize("kind", [kind for _, kind in walk() if kind is not AkamaiMcpError])
def test_every_error_says_its_effect_or_a_group_of_errors_says_it_for_all(kind: type[AkamaiMcpError]) -> None:
    assert kind.effect in EFFECTS
    saying = [above for above in kind.__mro__ if "effect" in vars(above)]
    groups = (AkamaiMcpError, errors.UpstreamError)  # which leave it open
    assert saying[0] not in groups or kind is errors.UpstreamError


def test_an_error_that_says_nothing_is_not_taken_for_harmless() -> None:
    class NewError(AkamaiMcpError):
        pass

    assert NewError("x").effect == "unknown"


@pytest.mark.parametrize("kind", [kind for _, kind in walk() if "nothing was sent" in (kind.__doc__ or "")])
def test_an_error_whose_description_says_that_nothing_was_sent_has_no_effect(kind: type[AkamaiMcpError]) -> None:
    assert kind.effect == "none"


def raised(tree: ast.Module) -> Iterator[ast.Call]:
    """Where a module makes an error that takes advice."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            kind = getattr(errors, node.func.id, None)
            if isinstance(kind, type) and "advice" in inspect.signature(kind).parameters:
                yield node


def test_every_error_that_the_project_makes_says_what_to_do() -> None:
    silent, seen = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        file = path.relative_to(PACKAGE).as_posix()
        for call in raised(ast.parse(path.read_text(encoding="utf-8"))):
            seen += 1
            said = {keyword.arg: keyword.value for keyword in call.keywords}
            advice = said.get("advice")
            is_said = None in said or (advice is not None and ast.unparse(advice) not in {"''", "None"})
            silent += [] if is_said or file in REASONS else [f"{file}:{call.lineno}"]
    assert silent == []
    assert seen > 200
