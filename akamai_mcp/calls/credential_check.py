"""Whether a customer's credentials work and what they may do, by one harmless read for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from akamai_mcp.access.caller_customers import CallerCustomers
from akamai_mcp.calls.controls import Controls
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.calls.prepare import RawArguments
from akamai_mcp.edgegrid.clock import MAX_SKEW, SigningClock
from akamai_mcp.errors import AkamaiMcpError, CredentialsError, UpstreamBusyError, UpstreamError
from akamai_mcp.openapi.parser import clean
from akamai_mcp.openapi.schema import Json
from akamai_mcp.result.answer import Answer
from akamai_mcp.result.outcomes.waiting import Report

SELF: Final = "/identity-management/v3/api-clients/self"
MAX_WHOLE: Final = 2_000_000  # bytes; a client with many APIs has a long answer, and a cut one would miscount them
MAX_NAME: Final = 80  # characters
MAX_PROBLEM: Final = 200  # characters
FEW: Final = 3  # customers whose APIs are named; of more, only counted
HALF_SECOND: Final = 0.5  # a Date header has whole seconds, so on average it is this far behind

ProductsAt = Callable[[str], Iterable[str]]  # the products of a path
State = Literal["works", "forbidden", "refused", "unreachable", "unclear", "notAsked"]
STATES: Final[Mapping[int, State]] = {200: "works", 401: "refused", 403: "forbidden"}
FORBIDDEN_ADVICE: Final = "The signature was accepted, but this API client may not read its own grants or act for this account."


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """How many customers are checked at once, and the time limit of one check in seconds."""

    at_once: int = 8
    seconds: float = 30.0


class CredentialCheck:
    """Asks Akamai about the API clients of customers."""

    def __init__(
        self,
        customers: CallerCustomers,
        invoker: Invoker,
        clock: SigningClock,
        policy: CheckPolicy | None = None,
        products_at: ProductsAt = lambda _: (),
    ) -> None:
        self._customers = customers
        self._invoker = invoker
        self._clock = clock
        self._policy = policy or CheckPolicy()
        self._products_at = products_at

    async def __call__(self, names: tuple[str, ...], report: Report) -> list[Json]:
        """A result for each name, in their order; one that fails says so in its `state`."""
        gate = asyncio.Semaphore(self._policy.at_once)
        done = 0

        async def check(name: str) -> Json:
            nonlocal done
            async with gate:
                found = await self._check(name, named=len(names) <= FEW)
            done += 1
            await report(done, len(names), f"{name}: {found['state']}")
            return found

        return list(await asyncio.gather(*(check(name) for name in names)))

    async def _check(self, name: str, *, named: bool) -> Json:
        """Read the API client's own grants from Akamai."""
        # Through the invoker like any call, so that rules, quotas and limits apply.
        raw = RawArguments(path={}, query={"apiAccess": True}, headers={})
        controls = Controls(customer=name, cache="off", max_bytes=MAX_WHOLE)
        try:
            host = self._customers.get(name).credentials.host
            async with asyncio.timeout(self._policy.seconds):
                answer = await self._invoker.call_path("GET", SELF, raw, controls)
        except TimeoutError:
            return {"state": "unreachable", "problem": f"No response within {self._policy.seconds:g} s."}
        except CredentialsError:  # the row of the list reports it
            return {"state": "notAsked"}
        except AkamaiMcpError as error:
            return read_failure(error)
        found = read_check(answer, named=named, products_at=self._products_at)
        return found | read_clock(self._clock.seconds_off(host))


def read_failure(error: AkamaiMcpError) -> Json:
    """The check result for a call that failed without a response."""
    was_tried = isinstance(error, UpstreamError) and not isinstance(error, UpstreamBusyError)
    state: State = "unreachable" if was_tried else "notAsked"
    return {"state": state, "problem": f"{error.message} {error.advice}".strip()}


def read_check(answer: Answer, *, named: bool, products_at: ProductsAt = lambda _: ()) -> Json:
    """The check result for Akamai's response: selected facts only, because the response contains an access token."""
    status: int = answer.content["status"]
    state: State = STATES.get(status, "unclear")
    if state == "works":
        return {"state": state, **read_rights(answer.content.get("body"), named=named, products_at=products_at)}
    problem = answer.content.get("problem")
    detail = str(problem.get("detail") or problem.get("title") or "") if isinstance(problem, Mapping) else ""
    advice = FORBIDDEN_ADVICE if state == "forbidden" else answer.content.get("advice", "")
    return {"state": state, "status": status, "problem": clean(f"{detail[:MAX_PROBLEM]} {advice}")}


def read_rights(body: Any, *, named: bool, products_at: ProductsAt = lambda _: ()) -> Json:
    """The API client's name and its APIs by access level: their names and products if `named`, else their number."""
    if not isinstance(body, Mapping):
        return {}
    access = body.get("apiAccess")
    access = access if isinstance(access, Mapping) else {}
    levels = _apis_by_level(access.get("apis"))
    facts: Json = {
        "client": _name(body.get("clientName")),
        "allApis": access.get("allAccessibleApis") is True,
        "apis": {level: sorted(names) if named else len(names) for level, names in levels.items()},
        "products": _products_by_level(access.get("apis"), products_at) if named else {},
        "maySwitchAccounts": body.get("allowAccountSwitch") is True,
        "locked": body.get("isLocked") is True,
    }
    return {name: value for name, value in facts.items() if value}


def _apis_by_level(apis: Any) -> dict[str, list[str]]:
    levels: dict[str, list[str]] = {}
    for api in apis if isinstance(apis, list) else ():
        if isinstance(api, Mapping):
            levels.setdefault(_name(api.get("accessLevel")), []).append(_name(api.get("apiName")))
    return levels


def _products_by_level(apis: Any, products_at: ProductsAt) -> dict[str, list[str]]:
    """The products below the paths of the APIs; an API whose path no document describes has none."""
    levels: dict[str, set[str]] = {}
    for api in apis if isinstance(apis, list) else ():
        path = api.get("endPoint") if isinstance(api, Mapping) else None
        if isinstance(path, str) and path.startswith("/") and (found := products_at(f"/{path.strip('/')}")):
            levels.setdefault(_name(api.get("accessLevel")), set()).update(found)
    return {level: sorted(products) for level, products in levels.items()}


def read_clock(seconds: float | None) -> Json:
    """How many seconds this machine's clock is ahead of Akamai's, with advice if signatures would be refused."""
    if seconds is None:
        return {}
    advice = {"clockAdvice": "Correct this machine's time: Akamai refuses signatures that are more than 30 s off."}
    ahead = round(seconds - HALF_SECOND)
    return {"clockSecondsAhead": ahead} | (advice if abs(ahead) > MAX_SKEW else {})


def _name(value: Any) -> str:
    return clean(value, MAX_NAME)
