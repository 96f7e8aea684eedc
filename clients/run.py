"""`make clients`: install the clients, send each through the scenario, check what reached the sandbox, write the report."""

from __future__ import annotations

import json
import os
import shlex
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai, RecordedRequest
from akamai_mcp.sandbox.server import SandboxServer
from clients import environments
from clients.report import ARRIVED, REPORT, Outcome, write_report
from clients.scenario import NAMES, PURGED, READ
from clients.subjects import SUBJECTS, Subject, Way
from clients.target import Target

SECONDS: Final = 180  # for one client on one way
SERVER: Final = (sys.executable, "-m", "akamai_mcp")
LOOPBACK: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The sandbox, the environment of a server that speaks to it, and the URL of one that runs."""

    fake: FakeAkamai
    environment: Mapping[str, str]
    url: str


@contextmanager
def staged() -> Iterator[Stage]:
    """Run the sandbox and a server over HTTP."""
    with tempfile.TemporaryDirectory() as name, SandboxServer(FakeAkamai.from_specs(embedded_folder())) as sandbox:
        edgerc = sandbox.write_edgerc(Path(name) / ".edgerc")
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AKAMAI_")}
        settings = {
            "AKAMAI_MCP_CACHE": "false",
            "AKAMAI_MCP_EDGERC": str(edgerc),
            "AKAMAI_MCP_CA_BUNDLE": str(sandbox.ca_bundle),
            "NO_PROXY": LOOPBACK,
        }
        environment = {**kept, **settings, "AKAMAI_MCP_CACHE_DIR": str(Path(name) / "cache"), "HOME": name}
        port = free_port()
        with running([*SERVER, "serve", "--transport", "http", "--port", str(port)], port, environment):
            yield Stage(fake=sandbox.fake, environment=environment, url=f"http://{LOOPBACK}:{port}/mcp")


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind((LOOPBACK, 0))
        return int(held.getsockname()[1])


@contextmanager
def running(command: Sequence[str], port: int, environment: Mapping[str, str]) -> Iterator[None]:
    """Run a command until the end of the block, which begins when it listens. Raises ValueError if it does not."""
    none = subprocess.DEVNULL
    with subprocess.Popen(command, env=environment, stdin=none, stdout=none, stderr=none) as process:
        try:
            _await_port(port, process)
            yield
        finally:
            process.terminate()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        with socket.socket() as tried:
            if tried.connect_ex((LOOPBACK, port)) == 0:
                return
        time.sleep(0.05)
    raise ValueError("it does not listen")


@contextmanager
def approached(subject: Subject, way: Way, stage: Stage) -> Iterator[Target]:
    """Start what stands between client and server, and yield where the client finds it."""
    settings = dict(stage.environment)
    match way:
        case "stdio":
            yield Target(command=SERVER, environment=settings)
        case "http":
            yield Target(command=SERVER, environment=settings, url=stage.url)
        case "bridge":
            yield Target(command=tuple(bridge(subject, stage.url)), environment=settings)
        case "gateway":
            port = free_port()
            with running(gateway(subject, port), port, settings):
                path = "/mcp" if subject.manager == "npm" else ""
                yield Target(command=SERVER, environment=settings, url=f"http://{LOOPBACK}:{port}{path}", has_sessions=True)


def bridge(subject: Subject, url: str) -> list[str]:
    """The command of a bridge that is a server on stdio itself."""
    words = {"mcp-remote": [url, "--transport", "http-only"], "supergateway": ["--streamableHttp", url, "--logLevel", "none"]}
    return [environments.node(), environments.script_of(subject), *words[subject.name]]


def gateway(subject: Subject, port: int) -> list[str]:
    """The command of a gateway that starts the server and listens itself."""
    if subject.manager == "pip":
        program = str(environments.folder_of(subject.name) / "bin" / subject.name)
        return [program, "--host", LOOPBACK, "--port", str(port), "--", *SERVER]
    # Without sessions it would start a server for each request, which knows nothing of the token of another.
    words = [
        "--stdio",
        shlex.join(SERVER),
        "--outputTransport",
        "streamableHttp",
        "--stateful",
        "--port",
        str(port),
        "--logLevel",
        "none",
    ]
    return [environments.node(), environments.script_of(subject), *words]


def drive(subject: Subject, way: Way, stage: Stage) -> dict[str, str]:
    """The results of the scenario's steps; a client that fails as a whole fails its first step."""
    stage.fake.reset()
    with ExitStack() as stack:
        try:
            target = stack.enter_context(approached(subject, way, stage))
            done = _run_child(subject, target)
            found: dict[str, str] = json.loads(done.stdout) if done.stdout else {NAMES[0]: done.stderr.decode()[-300:]}
        except (ValueError, OSError, subprocess.TimeoutExpired) as error:
            found = {NAMES[0]: f"{type(error).__name__}: {str(error)[:200]}"}
        return found | arrived(stage.fake.requests)


def _run_child(subject: Subject, target: Target) -> subprocess.CompletedProcess[bytes]:
    own = {key: value for key, value in target.environment.items() if not key.startswith(("AKAMAI_", "PYTHON"))}
    inspector = [environments.node(), environments.script_of(subject), "--cli"]
    own |= {"INSPECTOR_COMMAND": json.dumps(inspector), "PATH": f"{Path(environments.node()).parent}{os.pathsep}{own['PATH']}"}
    command = [environments.python_of(subject.host), "-m", "clients.child", subject.adapter]
    given = target.text().encode()
    return subprocess.run(command, input=given, env=own, cwd=environments.ROOT, capture_output=True, timeout=SECONDS, check=False)


def arrived(requests: Sequence[RecordedRequest]) -> dict[str, str]:
    """Whether exactly the read and the confirmed purge reached the sandbox, each with all that was given."""
    wanted = [("GET", READ["arguments"], None), ("POST", {}, PURGED)]
    found = [
        (one.method, {name: values[0] for name, values in parse_qs(urlsplit(one.target).query).items()}, _body(one))
        for one in requests
    ]
    as_text = [(method, {name: str(value).lower() for name, value in query.items()}, body) for method, query, body in wanted]
    return {ARRIVED: "ok" if found == as_text else f"got {found}"[:300]}


def _body(request: RecordedRequest) -> object:
    return json.loads(request.body) if request.body else None


def outcomes(stage: Stage, chosen: Sequence[Subject]) -> Iterator[Outcome]:
    """Install and drive the chosen subjects."""
    without_node = environments.install_node() if any(subject.manager == "npm" for subject in chosen) else ""
    hosts = {subject.name: subject for subject in SUBJECTS}
    for subject in chosen:
        problem = next((found for one in {subject.host, subject.name} - {""} if (found := environments.install(hosts[one]))), "")
        if subject.manager == "npm" and without_node:
            problem = f"without Node: {without_node}"
        version, sdk = environments.version_of(subject), environments.sdk_of(subject)
        for way in subject.ways:
            results = {} if problem else drive(subject, way, stage)
            yield Outcome(subject=subject, way=way, version=version, sdk=sdk, problem=problem, results=results)


def main(words: Sequence[str]) -> int:
    """Drive all subjects, or those that are named; write the report only of all. Return 1 if a step failed."""
    chosen = [subject for subject in SUBJECTS if not words or subject.name in words]
    found: list[Outcome] = []
    with staged() as stage:
        for outcome in outcomes(stage, chosen):
            print(outcome.line(), flush=True)
            found.append(outcome)
    if len(chosen) == len(SUBJECTS):
        REPORT.write_text(write_report(found), encoding="utf-8")
    return 0 if all(outcome.passed for outcome in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
