"""Completion in a shell, tried in the shells that this machine has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from akamai_mcp.cli import main
from akamai_mcp.cli.arguments.completion import read_levels
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.cli.serve import serve_parser

# What is typed, and some of what may stand there.
TYPED = {
    ("op",): {"operations"},
    ("operations", "l"): {"list"},
    ("operations", "list", "--p"): {"--product"},
    ("install", "cl"): {"claude-code", "claude-desktop", "cline"},
    ("serve", "--po"): {"--port"},
    ("call", "akamai_papi_get_con"): {"akamai_papi_get_contracts"},
    ("call", "akamai_papi_get_contracts", "--sel"): {"--select"},
}
BASH = """source "$1"; shift; COMP_WORDS=(akamai-mcp "$@"); COMP_CWORD=$#; _akamai_mcp; printf '%s\\n' "${COMPREPLY[@]}" """
FISH = """source $argv[1]; complete -C "$argv[2]" """


@pytest.fixture
def environment(child_environment: dict[str, str], tmp_path: Path) -> dict[str, str]:
    """An environment whose `akamai-mcp` is this one."""
    command = tmp_path / "bin" / "akamai-mcp"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m akamai_mcp "$@"\n')
    command.chmod(0o755)
    return child_environment | {"PATH": f"{command.parent}:{child_environment['PATH']}"}


def script(capsys: pytest.CaptureFixture[str], shell: str, folder: Path) -> str:
    assert main(["completion", shell]) == 0
    path = folder / f"completion.{shell}"
    path.write_text(capsys.readouterr().out)
    return str(path)


def completed(environment: dict[str, str], *command: str) -> set[str]:
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    assert done.stderr == ""
    return {line.partition("\t")[0] for line in done.stdout.splitlines()}


@pytest.mark.skipif(shutil.which("bash") is None or sys.platform == "win32", reason="needs bash")
def test_bash_completes_commands_options_values_and_operations(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], tmp_path: Path
) -> None:
    path = script(capsys, "bash", tmp_path)
    assert {words: completed(environment, "bash", "-c", BASH, "bash", path, *words) for words in TYPED} == TYPED


@pytest.mark.skipif(shutil.which("fish") is None, reason="needs fish")
def test_fish_completes_commands_options_values_and_operations(
    capsys: pytest.CaptureFixture[str], environment: dict[str, str], tmp_path: Path
) -> None:
    path = script(capsys, "fish", tmp_path)
    environment |= {"HOME": str(tmp_path)}
    for words, expected in TYPED.items():
        assert expected <= completed(environment, "fish", "-c", FISH, path, " ".join(["akamai-mcp", *words]))


@pytest.mark.skipif(shutil.which("zsh") is None, reason="needs zsh")
def test_zsh_reads_its_script(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = script(capsys, "zsh", tmp_path)
    command = f"autoload -U compinit && compinit -D -u; source {path}; print $_comps[akamai-mcp]"
    done = subprocess.run(["zsh", "-fc", command], capture_output=True, text=True, timeout=60, check=True)
    assert "_akamai_mcp" in done.stdout
    assert " path=" not in Path(path).read_text()  # it would be another PATH in zsh


def test_every_command_and_option_says_what_it_is_for() -> None:
    levels = [*read_levels(build_parser()), *read_levels(serve_parser(), "serve")]
    assert {level.path for level in levels} >= {"", "call", "operations list", "specs check", "serve", "install"}
    silent = [(level.path, name) for level in levels for name, about in (*level.commands, *level.options) if not about]
    assert silent == []


def test_every_argument_says_what_it_is_for() -> None:
    def walk(parser):  # type: ignore[no-untyped-def]
        for action in parser._actions:
            if action.dest != "command" and not isinstance(action.choices, dict):
                yield parser.prog, action.dest, action.help
            for inner in action.choices.values() if isinstance(action.choices, dict) else ():
                yield from walk(inner)

    assert [row for row in walk(build_parser()) if not row[2]] == []
