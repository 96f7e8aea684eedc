"""`make conformance`: run the MCP project's conformance suite and inspector against this server and the sandbox.

It downloads both with npm into build/conformance, so it is not part of the tests. The exit status is 1 if an applicable
check fails; DOES_NOT_APPLY lists the other checks with the reason.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Final

from akamai_mcp.documents.location import embedded_folder
from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.server import SandboxServer

FOLDER: Final = Path(__file__).resolve().parents[1] / "build/conformance"
SUITE: Final = "@modelcontextprotocol/conformance"
PACKAGES: Final = (
    "node@22.23.3",  # the suite wants 22, which not every system has
    f"released@npm:{SUITE}@0.1.16",
    f"next@npm:{SUITE}@0.2.0-alpha.12",
    "@modelcontextprotocol/inspector@2.12.0",
)
NODE: Final = FOLDER / "node_modules/node/bin/node"
# The released suite ends with 2025-11-25; that of 2026-07-28 is a preview.
SUITES: Final[Mapping[str, tuple[str, ...]]] = {"released": ("--suite", "all"), "next": ("--requirements", "2026-07-28")}
SECONDS: Final = 300
OWN: Final = "asks for a tool, prompt or resource of the suite's own"
PROMPTS: Final = "the server has no prompts"
SESSION: Final = "wants a session; the server keeps none"
# By scenario and check. What is always checked is that messages have the protocol's form.
ALWAYS: Final = "wire-schema-valid"
DOES_NOT_APPLY: Final[Mapping[str, str]] = {
    "tools-call-*/*": OWN,
    "prompts-get-*/*": OWN,
    "resources-read-*/*": OWN,
    "resources-templates-read/*": OWN,
    "json-schema-2020-12/*": OWN,
    "elicitation-sep*/*": OWN,
    "input-required-result-unsupported-methods/*": "",
    "input-required-result-*/*": OWN,
    "server-stateless/sep-2575-server-rejects-undeclared-capability": OWN,
    "server-stateless/sep-2575-missing-capability-http-400": OWN,
    "server-sse-polling/*": OWN,
    "server-sse-multiple-streams/server-sse-multiple-streams-session": SESSION,
    "prompts-list/*": PROMPTS,
    "caching/sep-2549-prompts-list-caching-hints": PROMPTS,
    "resources-subscribe/*": "the server announces no subscriptions",
    "resources-unsubscribe/*": "the server announces no subscriptions",
    "http-custom-header-server-validation/*": "no tool wants headers of its own",
    "tasks-*/*": "an extension that the server does not announce",
}
STDIO: Final = (sys.executable, "-m", "akamai_mcp")
READ: Final = ("--tool-name", "akamai_read", "--tool-arg", "name=network-lists/v2#get-network-lists")
# Method, further words, the key of the answer, and the least number of things below it.
Asked = tuple[tuple[str, tuple[str, ...], str, int], ...]
STRICT: Final = ("--strict",)  # schemas that some client would refuse are a failure
EVERY_TOOL: Final[Asked] = (("tools/list", STRICT, "tools", 1979),)
ASKED: Final[Asked] = (
    ("tools/list", STRICT, "tools", 8),
    ("tools/call", READ, "content", 1),
    ("resources/list", (), "resources", 1),
    ("resources/templates/list", (), "resourceTemplates", 3),
    ("resources/read", ("--uri", "akamai://products"), "contents", 1),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The result of a scenario: checks passed, applicable checks failed, and why others do not apply."""

    name: str
    passed: int
    failed: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.failed:
            return f"FAILED: {'; '.join(self.failed)}"
        said = [f"passed, {self.passed} checks" if self.passed else "", *(f"does not apply: {reason}" for reason in self.reasons)]
        return "; ".join(part for part in said if part) or "does not apply: checks nothing here"


def judge(name: str, checks: Sequence[Mapping[str, Any]]) -> Verdict:
    """The verdict on a scenario; a check that does not apply counts neither as passed nor as failed."""
    passed, failed, reasons = 0, [], []
    for check in checks:
        reason = "" if check["id"] == ALWAYS else why_not(f"{name}/{check['id']}")
        if reason:
            reasons.append(reason)
        elif check["status"] == "FAILURE":
            failed.append(f"{check['id']}: {check.get('errorMessage', '')}")
        else:
            passed += check["status"] == "SUCCESS" and check["id"] != ALWAYS
    return Verdict(name=name, passed=passed, failed=tuple(failed), reasons=tuple(dict.fromkeys(reasons)))


def why_not(check: str) -> str:
    """The reason why a check does not apply, or an empty text; the first matching pattern decides."""
    return next((reason for pattern, reason in DOES_NOT_APPLY.items() if fnmatch(check, pattern)), "")


def install() -> None:
    """Install the suite and the inspector in build/conformance unless they are there."""
    if NODE.exists():
        return
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        sys.exit("npm is not installed.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    quiet = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error")
    subprocess.run([npm, "install", "--prefix", str(FOLDER), *quiet, *PACKAGES], check=True)
    setup = FOLDER / "node_modules/node/installArchSpecificPackage.js"  # the one script that is wanted: it fetches the binary
    subprocess.run([node, str(setup)], cwd=setup.parent, check=True)


@contextmanager
def serving() -> Iterator[tuple[str, dict[str, str]]]:
    """Run a server over HTTP with a sandbox, and yield its URL and the environment for a second server on stdio."""
    with tempfile.TemporaryDirectory() as name, SandboxServer(FakeAkamai.from_specs(embedded_folder())) as sandbox:
        edgerc = sandbox.write_edgerc(Path(name) / ".edgerc")
        settings = {"AKAMAI_MCP_EDGERC": str(edgerc), "AKAMAI_MCP_CA_BUNDLE": str(sandbox.ca_bundle)}
        kept = {key: value for key, value in os.environ.items() if not key.startswith("AKAMAI_")}
        environment = kept | settings | {"NO_PROXY": "127.0.0.1", "AKAMAI_MCP_CACHE_DIR": str(Path(name) / "cache")}
        with socket.socket() as held:
            held.bind(("127.0.0.1", 0))
            port = held.getsockname()[1]
        command = [sys.executable, "-m", "akamai_mcp", "serve", "--transport", "http", "--port", str(port)]
        with subprocess.Popen(command, env=environment) as server:
            try:
                _await_port(port, server)
                yield f"http://127.0.0.1:{port}/mcp", environment
            finally:
                server.terminate()


def _await_port(port: int, server: subprocess.Popen[bytes]) -> None:
    while server.poll() is None:
        with socket.socket() as tried:
            if tried.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit(f"The server ended with {server.returncode}.")


def run_node(words: Sequence[str], environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a script with the downloaded Node, in a home folder of its own."""
    own = {"PATH": f"{NODE.parent}{os.pathsep}{environment['PATH']}", "HOME": str(FOLDER)}
    command = [str(NODE), *words]
    return subprocess.run(command, env={**environment, **own}, capture_output=True, text=True, timeout=SECONDS, check=False)


def run_suite(suite: str, url: str, environment: Mapping[str, str]) -> list[Verdict]:
    """Run every scenario of a suite; its exit status is ignored, because it includes checks that do not apply."""
    results = FOLDER / f"results-{suite}"
    shutil.rmtree(results, ignore_errors=True)
    script = str(FOLDER / "node_modules" / suite / "dist/index.js")
    done = run_node((script, "server", "--url", url, *SUITES[suite], "-o", str(results)), environment)
    summary = done.stdout.rpartition("=== SUMMARY ===")[2]
    names = re.findall(r"^[✓✗] ([\w-]+): \d+ passed", summary, re.MULTILINE)
    if not names:
        sys.exit(f"The suite {suite} ended with {done.returncode} and no summary: {done.stderr[-400:]}")
    return [judge(name, _checks(results, name)) for name in names]


def _checks(results: Path, name: str) -> list[dict[str, Any]]:
    """The recorded checks of a scenario, from a folder named after it and the time."""
    written = list(results.glob(f"server-{name}-20*/checks.json"))
    if len(written) != 1:
        sys.exit(f"The suite wrote {len(written)} results of {name}.")
    checks: list[dict[str, Any]] = json.loads(written[0].read_text(encoding="utf-8"))
    return checks


def inspect(target: Sequence[str], environment: Mapping[str, str], asked: Asked = ASKED) -> Iterator[Verdict]:
    """The output of the inspector's command line for a server."""
    script = str(FOLDER / "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js")
    given = [word for key in sorted(environment) if key.startswith("AKAMAI_") for word in ("-e", f"{key}={environment[key]}")]
    for method, further, key, least in asked:
        done = run_node((script, "--cli", *target, *given, "--method", method, *further), environment)
        if done.returncode:
            yield Verdict(name=method, passed=0, failed=(f"ended with {done.returncode}: {done.stderr[:300]}",))
        else:
            yield judge_answer(method, done.stdout, key, least)


def judge_answer(method: str, output: str, key: str, least: int) -> Verdict:
    """True if the output is a response without an error and has the expected content."""
    try:
        answer = json.loads(output)
        found = len(answer[key])
    except (ValueError, KeyError, TypeError):
        return Verdict(name=method, passed=0, failed=(f"answered {output[:200]!r}",))
    if found < least or answer.get("isError"):
        return Verdict(name=method, passed=0, failed=(f"{found} {key}, error {answer.get('isError', False)}",))
    return Verdict(name=method, passed=1)


def main() -> int:
    """Run everything, print a line for each scenario, and return the number of failures."""
    install()
    with serving() as (url, environment):
        parts = {f"suite {name}": run_suite(name, url, environment) for name in SUITES}
        parts["inspector, http"] = list(inspect((url, "--transport", "http"), environment))
        parts["inspector, stdio"] = list(inspect(STDIO, environment))
        parts["inspector, every tool"] = list(inspect(STDIO, environment | {"AKAMAI_MCP_TOOLS": "all"}, EVERY_TOOL))
    for part, verdicts in parts.items():
        print(f"\n{part}")
        for verdict in verdicts:
            print(f"  {verdict.name:<45} {verdict}")
        failed, passed = sum(bool(v.failed) for v in verdicts), sum(bool(v.passed) and not v.failed for v in verdicts)
        print(f"  {passed} passed, {failed} failed, {len(verdicts) - passed - failed} do not apply")
    return 1 if any(verdict.failed for verdicts in parts.values() for verdict in verdicts) else 0


if __name__ == "__main__":
    sys.exit(main())
