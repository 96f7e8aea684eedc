"""Read YAML with the scalar types of JSON, with limits on its depth and on what its aliases expand to."""

from __future__ import annotations

import re
from typing import Any, Final

MAX_NESTING: Final = 256
MAX_VALUES: Final = 5_000_000
# Each JSON type with its pattern and the characters that it can begin with (YAML 1.2.2 section 10.2).
_SCALARS: Final = {
    "bool": (re.compile(r"(?:true|false)\Z"), "tf"),
    "int": (re.compile(r"-?(?:0|[1-9][0-9]*)\Z"), "-0123456789"),
    "float": (re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?\Z"), "-0123456789"),
}


def parse_yaml(content: bytes) -> Any:
    """The value of a YAML text. Raises ValueError if it is not YAML, is nested too deeply, or expands to too many values."""
    import yaml

    try:
        # A safe loader: it constructs plain values only, never Python objects.
        value = yaml.load(content, Loader=_core_loader())  # noqa: S506 - built on CSafeLoader below
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error
    _require_finite(value)
    return value


def _require_finite(value: Any) -> None:
    """Raise ValueError if the aliases expand to more than MAX_VALUES values or contain themselves."""
    sizes: dict[int, int] = {}

    def size(node: Any) -> int:
        if not isinstance(node, dict | list):
            return 1
        if id(node) not in sizes:
            sizes[id(node)] = MAX_VALUES  # until it is counted: an alias that meets it before then is inside it
            sizes[id(node)] = 1 + sum(size(part) for part in (node.values() if isinstance(node, dict) else node))
        return sizes[id(node)]

    if size(value) > MAX_VALUES:
        raise ValueError(f"its aliases expand to more than {MAX_VALUES} values or contain themselves")


def _core_loader() -> Any:
    """A safe YAML loader with the scalar rules of JSON (YAML 1.2): dates, `on`, `12:30` and `010` are text."""
    import yaml

    class CoreLoader(yaml.CSafeLoader):
        depth = 0

        def descend_resolver(self, *_: Any) -> None:
            self.depth += 1
            if self.depth > MAX_NESTING:  # the C parser has no limit of its own: its stack overflow would end the process
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
