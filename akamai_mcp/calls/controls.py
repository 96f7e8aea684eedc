"""Controls: arguments about the call itself, beside the operation's own arguments."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from akamai_mcp.errors import ArgumentError
from akamai_mcp.pipeline.call import CACHE_MODES, CacheMode
from akamai_mcp.request.control_names import ControlName
from akamai_mcp.request.reading import Declared, read_value
from akamai_mcp.result.budget import DEFAULT_BYTES
from akamai_mcp.result.paging import DEFAULT_PAGES, MAX_PAGES

DEFAULT_WAIT: Final = 120  # seconds
MAX_WAIT: Final = 900  # seconds
MAX_KEPT_WAIT: Final = 24 * 3600  # seconds of a wait that keeps no request open, unless waitSeconds says less
LEAST_BYTES: Final = 500  # below this, the note on what was cut would be larger than the rest
MOST_BYTES: Final = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """One control: its JSON type, its description, and its values or bounds."""

    name: ControlName
    kind: str
    about: str = ""
    values: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    hint: str = ""

    def read(self, value: Any) -> Any:
        """The value as the control's type; None for a placeholder of what was left out. Raises ArgumentError."""
        value = read_value(value, Declared(kinds=frozenset({self.kind}), values=self.values))
        if value is None:
            return None
        kinds = {"string": str, "boolean": bool, "integer": int}
        if not isinstance(value, kinds[self.kind]) or (
            self.kind == "integer" and isinstance(value, bool)
        ):  # bool is an int in Python
            raise ArgumentError(
                f"`{self.name}` is not of type {self.kind}.", advice=self.hint or f"Pass {self.name} as {self.kind}."
            )
        if self.values and value not in self.values:
            raise ArgumentError(f"`{self.name}` has an unknown value.", advice=f"Use one of {', '.join(self.values)}.")
        if isinstance(value, int) and self.most and not self.least <= value <= self.most:
            raise ArgumentError(f"`{self.name}` is {value}, out of range.", advice=f"Use {self.least} to {self.most}.")
        return value

    def schema(self) -> dict[str, Any]:
        """Return the control as JSON Schema."""
        form: dict[str, Any] = {"type": self.kind}
        if self.values:
            form["enum"] = list(self.values)
        return form | ({"description": self.about} if self.about else {})


CUSTOMER: Final = Control(name="customer", kind="string", about="Customer to act for; omit for the default one")
CONFIRM: Final = Control(
    name="confirm",
    kind="string",
    about="Token from the refusal, once the user agrees",
    hint="Omit it: the call is then refused with the token that confirms it.",
)
DRY_RUN: Final = Control(name="dryRun", kind="boolean", about="Show the request, send nothing")
CACHE: Final = Control(name="cache", kind="string", values=CACHE_MODES)
SELECT: Final = Control(name="select", kind="string", about="JMESPath, from inside body")
BYTES: Final = Control(name="maxBytes", kind="integer", about=f"Default {DEFAULT_BYTES}", least=LEAST_BYTES, most=MOST_BYTES)
PAGINATE: Final = Control(name="paginate", kind="boolean", about="Follow further pages")
PAGES: Final = Control(name="maxPages", kind="integer", about=f"Default {DEFAULT_PAGES}", least=1, most=MAX_PAGES)
WAIT: Final = Control(name="wait", kind="boolean", about="Wait until asynchronous work ends")
SECONDS: Final = Control(name="waitSeconds", kind="integer", about=f"Default {DEFAULT_WAIT}", least=1, most=MAX_WAIT)
CONTROLS: Final[Mapping[str, Control]] = {
    control.name: control for control in (CUSTOMER, CONFIRM, DRY_RUN, CACHE, SELECT, BYTES, PAGINATE, PAGES, WAIT, SECONDS)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Controls:
    """The controls of one call, with their defaults."""

    customer: str | None = None
    confirm: str = ""
    dry_run: bool = False
    cache: CacheMode = "use"
    select: str | None = None
    max_bytes: int = DEFAULT_BYTES
    paginate: bool = False
    max_pages: int = DEFAULT_PAGES
    wait: bool = False
    wait_seconds: int | None = None


def read_controls(arguments: Mapping[str, Any]) -> Controls:
    """Read the controls among a call's arguments. Raises ArgumentError if one has a wrong type or is out of range."""
    values = {name: CONTROLS[name].read(value) for name, value in arguments.items() if name in CONTROLS}
    return Controls(**{field_of(name): value for name, value in values.items() if value not in (None, "")})


def field_of(name: str) -> str:
    """The field of `Controls` for a control: `max_bytes` for `maxBytes`."""
    return re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", name)
