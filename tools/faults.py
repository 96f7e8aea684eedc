"""The faults that `make mutants` plants: small changes of the code, each of which some user would notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
# Names of arguments that change nothing but the time or the memory that something takes, how long a digest is,
# or what is so by default on every system that runs the tests.
INWARD = {"maxsize", "slots", "kw_only", "digest_size", "encoding"}
# Calls whose arguments without a name are none of it: one byte more of what is random serves as well, and the name of a
# ContextVar is for debuggers.
ANY_ARGUMENTS = ("token_bytes", "token_hex", "token_urlsafe", "urandom", "ContextVar")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One planted fault: the module with it, as text, and where it stands in the original."""

    file: str
    line: int
    source: str
    change: str
    module: str

    @property
    def name(self) -> str:
        """Where the fault stands and what it changes."""
        return f"{self.file}:{self.line}: {self.change}   in: {self.source}"


def count_faults(path: Path) -> int:
    """The number of faults that can be planted in a module."""
    return len(list_faults(path))


def list_faults(path: Path) -> list[tuple[str, str]]:
    """(line of the text, change) of each fault that can be planted in a module, in the order of their numbers."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    return [(lines[node.lineno - 1].strip(), change) for node, change in _places(ast.parse(text))]


def plant(path: Path, number: int) -> Fault:
    """The fault of a module with this number."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    node, change = next(islice(_places(tree), number, None))
    _change(tree, node, change)
    return Fault(
        file=path.relative_to(ROOT).as_posix(),
        line=node.lineno,
        source=text.splitlines()[node.lineno - 1].strip(),
        change=change,
        module=ast.unparse(ast.fix_missing_locations(tree)),
    )


def _places(tree: ast.Module) -> Iterator[tuple[ast.expr | ast.stmt, str]]:
    """Where a fault can be planted, in the order of the text, and which."""
    spared = {id(child) for node in ast.walk(tree) for part in _unjudged(node) for child in ast.walk(part)}
    for node in ast.walk(tree):
        if id(node) not in spared and isinstance(node, ast.expr | ast.stmt):
            yield from ((node, change) for change in _changes(node))


def _changes(node: ast.expr | ast.stmt) -> Iterator[str]:
    match node:
        case ast.Compare(ops=[operator, *_]) if type(operator) in FLIPPED and not _meets_bound(node):
            yield f"{type(operator).__name__} -> {FLIPPED[type(operator)].__name__}"
        case ast.BoolOp(op=ast.And()):
            yield "and -> or"
        case ast.BoolOp():
            yield "or -> and"
        case ast.UnaryOp(op=ast.Not()):
            yield "not dropped"
        case ast.If() | ast.IfExp() | ast.While():
            yield from ("condition turned", "condition always false")
        case ast.Expr(value=ast.Call() | ast.Await()) | ast.AugAssign():
            yield "statement dropped"
        case ast.Constant(value=value) if isinstance(value, bool | int) or _is_key(value):
            yield f"{value!r} changed"
        case ast.Call(keywords=[*_, last]) if last.arg and last.arg not in INWARD:
            yield f"keyword {last.arg} dropped"


def _unjudged(node: ast.AST) -> Iterator[ast.AST]:
    """The parts of a node that are no behaviour: annotations, bounds, docstrings, texts of errors and logs, what types need."""
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation:
        yield node.annotation
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns:
        yield node.returns
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield from node.decorator_list
    if isinstance(node, ast.Assert | ast.JoinedStr) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
        yield node
    if _is_for_types(node):
        yield node
    if isinstance(node, ast.Call):
        yield from _unjudged_of_call(node, ast.unparse(node.func))
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _is_bound(node.target.id):
        yield from [node.value] if node.value else []
    if isinstance(node, ast.Subscript) and ast.unparse(node.value) in {"Literal", "Callable", "Final"}:
        yield node


def _unjudged_of_call(node: ast.Call, called: str) -> Iterator[ast.AST]:
    if called.startswith(("get_logger", "TypeVar", "cast")):
        yield node
    if called.endswith(ANY_ARGUMENTS):
        yield from node.args
    if called == "zip":
        yield from node.keywords  # `strict` states that both are of one length, and changes nothing where they are
    if called.endswith((".encode", ".decode")):  # Python finds a codec by its name with an underscore more, too
        yield from (codec for codec in node.args[:1] if isinstance(codec, ast.Constant))


def _is_for_types(node: ast.AST) -> bool:
    """Whether only mypy reads a statement: it holds that nothing ever reaches `assert_never`."""
    if isinstance(node, ast.If):
        return isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    return isinstance(node, ast.Expr) and ast.unparse(node.value).startswith("assert_never(")


def _is_bound(name: str) -> bool:
    """Whether a constant bounds something: one more or less serves as well, and tests/test_limits.py holds those of the table."""
    return (
        "BUDGET" in name
        or "MEMORY" in name
        or "CACHED" in name
        or name.lstrip("_").startswith(("MAX_", "MOST_", "KEPT_", "LARGE", "LONGEST", "SHORTEST", "DIGEST_BYTES", "CHUNK"))
    )


def _meets_bound(node: ast.Compare) -> bool:
    """Whether something is compared with a bound, which it may meet or not: one more or less serves as well."""
    if not isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
        return False
    names = [side.id if isinstance(side, ast.Name) else getattr(side, "attr", "") for side in (node.left, *node.comparators)]
    return any(_is_bound(name) for name in names)


def _is_key(value: object) -> bool:
    return isinstance(value, str) and bool(value) and " " not in value


def _change(tree: ast.Module, node: ast.expr | ast.stmt, change: str) -> None:  # noqa: C901 - a branch for each kind
    if change == "statement dropped":
        for parent in ast.walk(tree):
            for body in (getattr(parent, name, None) for name in ("body", "orelse", "finalbody")):
                if isinstance(body, list) and node in body:
                    body[body.index(node)] = ast.copy_location(ast.Pass(), node)  # type: ignore[type-var]
    elif isinstance(node, ast.Compare):
        node.ops[0] = FLIPPED[type(node.ops[0])]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    elif isinstance(node, ast.UnaryOp):
        node.operand = ast.UnaryOp(op=ast.Not(), operand=node.operand)
    elif isinstance(node, ast.If | ast.IfExp | ast.While):
        node.test = ast.UnaryOp(op=ast.Not(), operand=node.test) if change == "condition turned" else ast.Constant(value=False)
    elif isinstance(node, ast.Constant):
        value = node.value
        node.value = not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else f"{value}_"
    elif isinstance(node, ast.Call):
        node.keywords.pop()
