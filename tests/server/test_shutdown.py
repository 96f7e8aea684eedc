"""The end of input and SIGTERM let calls under way finish."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from mcp_stage import HELLO

from akamai_mcp.sandbox.app import FakeAkamai
from akamai_mcp.sandbox.faults import Fault

CREATE = {"name": "akamai_netlists_post_network_lists", "arguments": {"body": {"name": "x", "type": "IP", "list": []}}}
ENDINGS: dict[str, Callable[[subprocess.Popen[str]], object]] = {
    "input ends": lambda child: child.stdin and child.stdin.close(),
    "SIGTERM": lambda child: child.send_signal(signal.SIGTERM),
}


def send(child: subprocess.Popen[str], method: str, params: dict[str, object], number: int | None = None) -> None:
    assert child.stdin
    message = {"jsonrpc": "2.0", "method": method, "params": params} | ({"id": number} if number else {})
    child.stdin.write(json.dumps(message) + "\n")
    child.stdin.flush()


@pytest.mark.skipif(sys.platform == "win32", reason="pipes cannot be waited for with select on Windows")
@pytest.mark.parametrize("end", ENDINGS.values(), ids=ENDINGS.keys())
def test_a_write_under_way_is_answered_before_the_server_goes(
    end: Callable[[subprocess.Popen[str]], object], child_environment: dict[str, str], fake: FakeAkamai
) -> None:
    fake.faults.add(Fault(delay=0.5))
    command = [sys.executable, "-m", "akamai_mcp"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=child_environment, text=True) as child:
        assert child.stdout
        send(child, "initialize", HELLO, 1)
        child.stdout.readline()
        send(child, "notifications/initialized", {})
        send(child, "tools/call", CREATE, 2)
        while not fake.requests:
            pass
        end(child)
        answer = json.loads(child.stdout.readline())
        assert answer["result"]["structuredContent"]["status"] == 201
        if child.stdin and not child.stdin.closed:
            child.stdin.close()
        assert child.wait(10) == 0
