"""The interpreter of programs: a subset of Python in worker processes, without files, network or environment.

Only this module knows pydantic-monty. It holds the bounds on processor time, memory and recursion, and turns what a program
does into events.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Final

from akamai_mcp.programs.events import NAMES, SLEEP, Asks, Ends, Event, ProgramFailed, Settled, Waits
from akamai_mcp.programs.policy import ProgramPolicy

if TYPE_CHECKING:
    import pydantic_monty

PACKAGE: Final = "pydantic_monty"
SLEEPS: Final = "asyncio.sleep"
# Of all that a program does with its host; calls have a bound of their own, and a name that is looked up costs little.
MAX_SUSPENSIONS: Final = 100_000
# Without a pause the worker's channel may still be closing when the process ends, which aborts it (seen with 1.4.0).
CLOSING_SECONDS: Final = 0.05
WORKERS_A_PROGRAM: Final = 2  # itself, and its copy that looks ahead


def is_installed() -> bool:
    """True if the extra `programs` is installed; the package itself is not loaded."""
    try:
        return find_spec(PACKAGE) is not None
    except ValueError:  # the import is blocked (`sys.modules[name] = None`)
        return False


class Interpreters:
    """The worker processes; the first program starts them."""

    def __init__(self, policy: ProgramPolicy) -> None:
        self._policy = policy
        self._pool: pydantic_monty.AsyncMonty | None = None
        self._starting = asyncio.Lock()

    @asynccontextmanager
    async def session(self) -> AsyncIterator[Session]:
        """Lend a worker process to one program. Raises ProgramFailed if it crashes."""
        import pydantic_monty  # 30 ms, and none before the first program

        pool = await self._open()
        limits = pydantic_monty.ResourceLimits(
            max_feed_duration_secs=self._policy.processor_seconds,
            max_memory=self._policy.memory,
            max_suspensions=MAX_SUSPENSIONS,
        )
        checkout = pool.checkout(script_name="program.py", limits=limits, os_policy={"sleep": "call_host"})
        async with checkout as opened:
            yield Session(opened, self._policy)

    async def aclose(self) -> None:
        """End the worker processes."""
        pool, self._pool = self._pool, None
        if pool is not None:
            await pool.__aexit__(None, None, None)
            await asyncio.sleep(CLOSING_SECONDS)

    async def _open(self) -> pydantic_monty.AsyncMonty:
        import pydantic_monty  # loaded already

        async with self._starting:
            if self._pool is None:
                pool = pydantic_monty.AsyncMonty(max_processes=WORKERS_A_PROGRAM * self._policy.places)
                await pool.__aenter__()
                self._pool = pool
            return self._pool


class Printed:
    """Collects what a program prints, and drops what comes after so many characters."""

    def __init__(self, most: int) -> None:
        self.text = ""
        self._most = most

    def __call__(self, _stream: str, text: str) -> None:
        """Take what was printed."""
        self.text += text[: self._most - len(self.text)]


class Session:
    """One program in its worker; every method leads to the next event and raises ProgramFailed."""

    def __init__(self, session: pydantic_monty.AsyncMontySession, policy: ProgramPolicy) -> None:
        import pydantic_monty  # loaded already

        self._monty = pydantic_monty
        self._session = session
        self._printed = Printed(policy.printed)
        self._snapshot: Any = None

    @property
    def printed(self) -> str:
        """What the program printed, cut to its bound."""
        return self._printed.text

    async def start(self, source: str, inputs: Mapping[str, Any]) -> Event:
        """Run a program to its first event."""
        return await self._next(self._session.feed_start(source, inputs={"inputs": dict(inputs)}, print_callback=self._printed))

    async def restore(self, state: bytes, printed: str = "") -> Event:
        """Go on from a saved state, which must come from `save`, after what was printed before."""
        self._printed.text = printed
        return await self._next(self._session.load_snapshot(state, print_callback=self._printed))

    def save(self) -> bytes:
        """The program as it stands, as bytes for `restore` in another session."""
        return bytes(self._snapshot.dump())

    async def promise(self) -> Event:
        """Let the program go on without the answer to the call that it just made."""
        return await self._next(self._snapshot.resume({"future": ...}))

    async def answer(self, value: Any) -> Event:
        """Let the program go on with the value of the call that it just made."""
        return await self._next(self._snapshot.resume({"return_value": value}))

    async def refuse(self, text: str) -> Event:
        """Raise a TypeError in the program in place of the call that it just made."""
        return await self._next(self._snapshot.resume({"exception": TypeError(text)}))

    async def settle(self, answers: Mapping[int, Settled]) -> Event:
        """Answer calls that the program waits for."""
        return await self._next(self._snapshot.resume({number: _to_result(answer) for number, answer in answers.items()}))

    async def _next(self, step: Any) -> Event:
        """Drive the program to the next event that its host has to know."""
        monty = self._monty
        try:
            while True:
                snapshot = self._snapshot = await step
                match snapshot:
                    case monty.MontyComplete():
                        return Ends(value=snapshot.output)
                    case monty.AsyncFutureSnapshot():
                        return Waits(numbers=tuple(snapshot.pending_call_ids))
                    case monty.AsyncNameLookupSnapshot():
                        step = _look_up(snapshot)
                    case _ if snapshot.is_os_function and snapshot.function_name != SLEEPS:
                        step = snapshot.resume_not_handled()
                    case _ if snapshot.function_name in {*NAMES, SLEEPS}:
                        return _to_asks(snapshot)
                    case _:
                        step = snapshot.resume({"exception": NameError(f"name {snapshot.function_name!r} is not defined")})
        except monty.MontyError as error:
            raise to_failure(error) from error


def _look_up(snapshot: Any) -> Any:
    """A name that is not called at once: a function of the host may be put into a variable."""
    name = snapshot.variable_name
    return snapshot.resume(value=_stub(name)) if name in NAMES else snapshot.resume()


def _stub(name: str) -> Any:
    """A function that stands for the host's one: the interpreter goes by its name."""

    def function() -> None:
        """Never run: the interpreter asks its host."""

    function.__name__ = function.__qualname__ = name
    return function


def _to_asks(snapshot: Any) -> Asks:
    name = SLEEP if snapshot.is_os_function else str(snapshot.function_name)
    return Asks(number=snapshot.call_id, name=name, args=tuple(snapshot.args), kwargs=dict(snapshot.kwargs))


def _to_result(answer: Settled) -> dict[str, Any]:
    return {"return_value": answer.value} if answer.failure is None else {"exception": RuntimeError(answer.failure)}


def to_failure(error: Any) -> ProgramFailed:
    """The failure of a program, with the innermost line of its own."""
    frames = error.traceback() if hasattr(error, "traceback") else []
    cause = error.exception() if hasattr(error, "exception") else error
    kind = type(cause).__name__ if isinstance(cause, BaseException) else type(error).__name__
    last = frames[-1] if frames else None
    return ProgramFailed(
        kind, str(cause), line=last.line if last else None, code=(last.source_line or "").strip() if last else ""
    )
