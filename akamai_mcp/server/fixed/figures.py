"""The figures of the server: operations, documents, and what the pipeline did."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from akamai_mcp import __version__
from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.access.visibility import Visibility
from akamai_mcp.catalogue.catalogue import Catalogue
from akamai_mcp.pipeline.stack import Pipeline
from akamai_mcp.result.answer import Answer
from akamai_mcp.server.fixed.instructions import local_time
from akamai_mcp.server.fixed.names import FIGURES
from akamai_mcp.server.fixed.tool import FixedTool, fixed_tool

MOST_LIMITS: Final = 50  # rows of the figures


class Figures:
    """The function behind the tool that shows them."""

    def __init__(
        self,
        catalogue: Catalogue,
        visibility: Visibility,
        customers: CallerCustomers,
        pipeline: Pipeline,
        now: Callable[[], datetime] = local_time,
    ) -> None:
        self._catalogue = catalogue
        self._visibility = visibility
        self._customers = customers
        self._pipeline = pipeline
        self._now = now

    async def stats(self, _: Mapping[str, Any]) -> Answer:
        """Count the operations, and show where their documents came from and what the pipeline did."""
        known, bounded = self._visibility.catalogue(), self._visibility.view().keys is not None
        counts = known.counts()
        problems = [f"{document}: {reason}" for document, reason in known.problems()] + [*self._customers.problems]
        content = {"version": __version__, "specs": self._catalogue.source, **counts, "customer": self._customers.default}
        content["now"] = self._now().isoformat(timespec="seconds")
        content["pipeline"] = self._pipeline.counters.as_dict()
        open_circuits = {api: f"next attempt in {seconds:.0f} s" for api, seconds in self._pipeline.breaker.open_circuits()}
        if circuits := {api: text for api, text in open_circuits.items() if not bounded or api in counts["byProduct"]}:
            content["openCircuits"] = circuits
        if limits := [one for one in self._limits() if not bounded or one["api"] in counts["byProduct"]]:
            content["rateLimits"] = limits[:MOST_LIMITS]
        return Answer(content=content | ({"problems": problems} if problems else {}))

    def _limits(self) -> Iterator[dict[str, Any]]:
        """What Akamai's responses said of limits, for the customers that the caller may act for."""
        customers = {*self._customers.names}
        for one, seconds in self._pipeline.limits.known_limits():
            if one.customer in customers:
                yield one.as_json(seconds)

    def tools(self) -> tuple[FixedTool, ...]:
        """The tool."""
        return (
            fixed_tool(
                FIGURES,
                "Registry figures",
                "Counts of operations, documented and from clients, by product, method and effect; sources of the documents.",
                (),
                self.stats,
            ),
        )
