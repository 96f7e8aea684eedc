"""Read YAML as documents are written in it: the scalars of JSON, bounded in depth, and in what aliases make of it."""

from __future__ import annotations

import re
from typing import Any, Final

MAX_NESTING: Final = 256
MAX_VALUES: Final = 5_000_000
_SCALARS: Final = {
    "bool": (re.compile(r"(?:true|false)\Z"), "tf"),
    "int": (re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), "-0123456789"),
    "float": (re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z"), "-0123456789"),
}


def parse_yaml(content: bytes) -> Any:
    """The value of a YAML text. Raises ValueError where it is none, or is too deep, or its aliases make too much of it."""
    import yaml

    try:
        value = yaml.load(content, Loader=_core_loader())  # noqa: S506 - built on CSafeLoader below
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    _require_finite(value)
    return value


def _require_finite(value: Any) -> None:
    """Raise ValueError where aliases, each of them a few characters, stand for too many nodes, or for what they are part of."""
    sizes: dict[int, int] = {}

    def size(node: Any) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = MAX_VALUES  # until it is known: whoever meets it before then is inside of it
            sizes[id(node)] = 1 + sum(size(part) for part in (node.values() if isinstance(node, dict) else node))
        return sizes[id(node)]

    if size(value) > MAX_VALUES:
        raise ValueError(f"its aliases stand for more than {MAX_VALUES} values, or for what they are part of")


def _core_loader() -> Any:
    """A safe YAML loader with the scalar rules of JSON (YAML 1.2): no dates, `on`, `12:30` and `010` are text."""
    import yaml

    class CoreLoader(yaml.CSafeLoader):
        depth = 0

        def descend_resolver(self, *_: Any) -> None:
            self.depth += 1
            if self.depth > MAX_NESTING:  # the C parser recurses without a limit of its own, and would end the process
                raise yaml.YAMLError(f"nested more than {MAX_NESTING} levels deep")

        def ascend_resolver(self) -> None:
            self.depth -= 1

    CoreLoader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in rules if tag.endswith((":null", ":merge"))]
        for first, rules in yaml.CSafeLoader.yaml_implicit_resolvers.items()
    }
    for tag, (pattern, first) in _SCALARS.items():
        CoreLoader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", pattern, list(first))
    return CoreLoader
