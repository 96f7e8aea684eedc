"""`akamai-mcp audit tail`: which lines it shows, and how."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.audit import tail
from akamai_mcp.cli.commands import build_parser


def line(number: int, **changes: Any) -> str:
    facts = {
        "time": f"2026-11-21T10:00:{number:02}.000Z", "id": f"{number:016x}", "who": "local", "customer": "acme",
        "operation": "papi/v1#x", "effect": "write", "method": "PUT", "target": f"/a/{number}", "decision": "allowed",
        "status": 201, "requestId": f"r-{number}",
    }  # fmt: skip
    return json.dumps(facts | changes) + "\n"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An audit file with an older part: five lines in all, the last one refused and of another customer."""
    path = tmp_path / "audit.jsonl"
    path.with_name("audit.jsonl.1").write_text(line(1) + line(2), encoding="utf-8")
    path.write_text(line(3) + line(4) + line(5, customer="other", decision="refused", status=None), encoding="utf-8")
    monkeypatch.setenv("AKAMAI_MCP_AUDIT_FILE", str(path))
    monkeypatch.setenv("COLUMNS", "200")
    return path


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    try:
        status = main(("audit", "tail", *words))
    except SystemExit as left:
        status = int(left.code or 0)
    output = capsys.readouterr()
    return status, output.out, output.err


def numbers(out: str) -> list[int]:
    """The lines shown as JSON, by their number."""
    return [int(json.loads(text)["id"], 16) for text in out.splitlines()]


def test_the_last_lines_are_shown_as_a_table(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    status, out, err = run(capsys, "--lines", "2")
    assert (status, err) == (0, "")
    rows = [row.split() for row in out.splitlines()]
    assert rows == [
        ["time", "decision", "customer", "operation", "request", "Akamai"],
        ["2026-11-21T10:00:04.000Z", "allowed", "acme", "papi/v1#x", "PUT", "/a/4", "201", "r-4"],
        ["2026-11-21T10:00:05.000Z", "refused", "other", "papi/v1#x", "PUT", "/a/5", "r-5"],
    ]


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ((), [1, 2, 3, 4, 5]),
        (("--lines", "4"), [2, 3, 4, 5]),
        (("--lines", "1"), [5]),
        (("--lines", "2", "--customer", "acme"), [3, 4]),
        (("--decision", "refused"), [5]),
        (("--decision", "allowed", "--customer", "acme", "--lines", "3"), [2, 3, 4]),
    ],
)
def test_lines_are_counted_from_the_end_among_those_wanted_over_all_parts(
    capsys: pytest.CaptureFixture[str], file: Path, words: tuple[str, ...], shown: list[int]
) -> None:
    status, out, _ = run(capsys, "--json", *words)
    assert (status, numbers(out)) == (0, shown)


def test_json_is_the_lines_as_they_stand(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    _, out, _ = run(capsys, "--json", "--lines", "3")
    assert out == file.read_text()


@pytest.mark.parametrize("words", [("--customer", "nobody"), ("--decision", "failed"), ("--lines", "0")])
def test_where_there_is_nothing_to_show_the_status_is_1(
    capsys: pytest.CaptureFixture[str], file: Path, words: tuple[str, ...]
) -> None:
    assert run(capsys, *words) == (1, "", "")


def test_a_torn_last_line_is_left_out_and_told(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(line(3) + line(4)[:50], encoding="utf-8")
    status, out, err = run(capsys, "--json", "--lines", "1")
    assert (status, numbers(out)) == (0, [3])
    assert "the last line is incomplete" in err


def test_damaged_lines_are_left_out_and_counted(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_bytes(b'{"torn":\n' + b"5\n" + b"\xff\xfe\n" + line(4).encode())
    status, out, err = run(capsys, "--json", "--lines", "1")
    assert (status, numbers(out)) == (0, [4])
    assert "3 damaged lines" in err


def test_words_of_others_do_nothing_to_the_terminal(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.write_text(line(1, target="/\x1b[2J[red]x[/]", customer="[bold]", decision="[link=x]"), encoding="utf-8")
    _, out, _ = run(capsys, "--lines", "1")
    assert "\x1b" not in out
    assert "[red]x[/]" in out
    assert "[bold]" in out


def test_without_a_setting_it_says_which(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = run(capsys)
    assert (status, out) == (1, "")
    assert "AKAMAI_MCP_AUDIT_FILE is not set" in err


def test_without_a_file_it_says_so(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    file.unlink()
    status, out, err = run(capsys)
    assert (status, out) == (1, "")
    assert "cannot be read (No such file or directory)" in err


def test_a_decision_that_there_is_not_is_a_mistake_of_usage(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert run(capsys, "--decision", "perhaps")[0] == 2


class Steps:
    """What happens between two looks at the file; after the last one the person presses Ctrl-C."""

    def __init__(self, *steps: Callable[[], object]) -> None:
        self._steps = list(steps)

    def __call__(self, seconds: float) -> None:
        assert seconds > 0
        if not self._steps:
            raise KeyboardInterrupt
        self._steps.pop(0)()


def append(file: Path, text: str) -> None:
    with file.open("a", encoding="utf-8") as open_file:
        open_file.write(text)


def rotate(file: Path, *texts: str) -> None:
    append(file, texts[0])
    file.replace(file.with_name("audit.jsonl.1"))
    file.write_text("".join(texts[1:]), encoding="utf-8")


def follow(capsys: pytest.CaptureFixture[str], steps: Steps, *words: str) -> str:
    with pytest.raises(KeyboardInterrupt):
        tail(build_parser().parse_args(["audit", "tail", "--follow", *words]), sleep=steps)
    return capsys.readouterr().out


def test_lines_to_come_are_followed_across_rotations_each_once_it_is_whole(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    steps = Steps(
        lambda: append(file, line(6) + line(7)[:30]),
        lambda: append(file, line(7)[30:]),
        lambda: rotate(file, line(8), line(9)),
        lambda: append(file, line(10)),
    )
    assert numbers(follow(capsys, steps, "--json", "--lines", "1")) == [5, 6, 7, 8, 9, 10]


def test_a_line_that_is_torn_when_following_begins_is_shown_once_it_is_whole(
    capsys: pytest.CaptureFixture[str], file: Path
) -> None:
    append(file, line(6)[:30])
    steps = Steps(lambda: append(file, line(6)[30:]))
    assert numbers(follow(capsys, steps, "--json", "--lines", "1")) == [5, 6]


def test_followed_lines_are_filtered_and_shown_as_rows(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    steps = Steps(lambda: append(file, line(6) + line(7, customer="other")))
    out = follow(capsys, steps, "--customer", "other", "--lines", "1")
    assert [row.split()[0] for row in out.splitlines()] == ["time", "2026-11-21T10:00:05.000Z", "2026-11-21T10:00:07.000Z"]
