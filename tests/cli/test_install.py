"""Putting the server into a client's configuration: what is written, what is left alone, what is refused."""

from __future__ import annotations

import json
import re
import stat
import sys
import tomllib
from argparse import Namespace
from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from clients_docs import with_clients
from hypothesis import given
from hypothesis import strategies as st

from akamai_mcp.cli import main
from akamai_mcp.cli.commands import build_parser
from akamai_mcp.cli.install.clients import CLIENTS, CLINE, file_of
from akamai_mcp.cli.install.command import install
from akamai_mcp.cli.install.edit import changed
from akamai_mcp.cli.install.entries import local_entry, with_programs
from akamai_mcp.cli.install.files import write_beside
from akamai_mcp.cli.install.json_text import parse_json, remove_member, set_member
from akamai_mcp.errors import SettingsError

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ENTRY = {"command": "run", "args": ["-m", "akamai_mcp"], "env": {"AKAMAI_MCP_SECTION": "one"}}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with nothing in it, and no variable that leads elsewhere."""
    for name in ("XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR", "COPILOT_HOME", "APPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def options(*words: str) -> Namespace:
    return build_parser().parse_args(["install", *words])


def configuration(home: Path, client: str, text: str = "") -> Path:
    path = file_of(CLIENTS[client], sys.platform, home, {})
    path.parent.mkdir(parents=True, exist_ok=True)
    if text:
        path.write_text(text, encoding="utf-8")
    return path


def servers(path: Path, client: str) -> dict[str, object]:
    text = path.read_text(encoding="utf-8")
    return (tomllib.loads(text) if client == "codex" else parse_json(text, comments=True).value)[CLIENTS[client].table]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_without_a_configuration_gets_one_that_only_its_owner_may_read(home: Path, client: str) -> None:
    assert install(options(client, "--yes", "--section", "prod", "--products", "papi,ccu")) == 0
    path = configuration(home, client)
    entry = servers(path, client)["akamai"]
    expected = {"command": sys.executable, "args": ["-m", "akamai_mcp"]}
    expected["env"] = {"AKAMAI_MCP_SECTION": "prod", "AKAMAI_MCP_TOOLS": "papi,ccu"}
    assert entry == dict(CLIENTS[client].members) | expected
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("client", CLIENTS)
def test_a_second_time_changes_nothing_and_keeps_no_backup(home: Path, client: str, capsys: pytest.CaptureFixture[str]) -> None:
    install(options(client, "--yes"))
    path = configuration(home, client)
    first = path.read_bytes()
    assert install(options(client)) == 0
    assert "nothing to change" in capsys.readouterr().out
    assert path.read_bytes() == first
    assert list(path.parent.glob("*.bak")) == []


@pytest.mark.parametrize("client", CLIENTS)
def test_what_was_put_in_can_be_taken_out_and_the_rest_stays(home: Path, client: str) -> None:
    others = (
        '[mcp_servers.other]\ncommand = "x"\n'
        if client == "codex"
        else f'{{"{CLIENTS[client].table}": {{"other": {{"command": "x"}}}}}}'
    )
    path = configuration(home, client, others)
    install(options(client, "--yes"))
    assert set(servers(path, client)) == {"other", "akamai"}
    install(options(client, "--yes", "--remove"))
    assert servers(path, client) == {"other": {"command": "x"}}


def test_nothing_is_written_until_somebody_agrees(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = configuration(home, "cursor")
    asked: list[str] = []
    with pytest.raises(SettingsError, match="was not confirmed"):
        install(options("cursor"), ask=lambda question: bool(asked.append(question)))
    assert asked == ["Write this?"]
    assert "+++ " in capsys.readouterr().out
    assert not path.exists()
    assert install(options("cursor"), ask=lambda _: True) == 0
    assert path.exists()


def test_every_client_can_be_named() -> None:
    assert set(CLIENTS) == {
        *("claude-code", "claude-desktop", "cursor", "vscode", "codex", "windsurf"),
        *("gemini-cli", "zed", "copilot-cli", "jetbrains", "cline"),
    }
    assert all(options(client).client == client for client in CLIENTS)


def test_where_there_is_no_terminal_nobody_agrees(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["install", "cursor"]) == 1
    assert "--yes" in capsys.readouterr().err
    assert not configuration(home, "cursor").exists()


def test_a_dry_run_shows_the_change_and_writes_nothing(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = '{"mcpServers": {}, "other": 1}'
    path = configuration(home, "claude-desktop", before)
    assert install(options("claude-desktop", "--dry-run", "--edgerc", "~/.edgerc")) == 0
    shown = capsys.readouterr().out
    assert f'"AKAMAI_MCP_EDGERC": "{home / ".edgerc"}"' in shown
    assert path.read_text() == before
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_another_entry_of_the_name_is_replaced_only_when_told_to(home: Path) -> None:
    before = '{"mcpServers": {"akamai": {"command": "mine"}}}'
    path = configuration(home, "claude-code", before)
    with pytest.raises(SettingsError, match="already has an entry"):
        install(options("claude-code"), ask=lambda _: True)
    assert path.read_text() == before
    install(options("claude-code", "--yes"))
    assert servers(path, "claude-code")["akamai"]["command"] == sys.executable


def test_the_former_file_stays_beside_the_new_one_with_its_permissions(home: Path) -> None:
    path = configuration(home, "cursor", '{"mcpServers": {"other": {"env": {"TOKEN": "t"}}}}')
    path.chmod(0o640)
    before = path.read_bytes()
    install(options("cursor", "--yes"), now=lambda: NOON)
    backup = path.with_name("mcp.json.20260301-120000-000000.bak")
    assert backup.read_bytes() == before
    assert {stat.S_IMODE(file.stat().st_mode) for file in (path, backup)} == {0o640}
    assert sorted(other.name for other in path.parent.iterdir()) == [path.name, backup.name]


def test_a_file_that_changed_meanwhile_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "mcp.json"
    path.write_text('{"theirs": 1}')
    with pytest.raises(SettingsError, match="changed by another program"):
        write_beside(path, "{}", '{"ours": 1}', NOON)
    assert path.read_text() == '{"theirs": 1}'
    assert [other.name for other in tmp_path.iterdir()] == ["mcp.json"]


def test_a_link_to_the_configuration_stays_a_link(home: Path) -> None:
    real = home / "kept" / "mcp.json"
    real.parent.mkdir()
    real.write_text("{}")
    path = configuration(home, "cursor")
    path.symlink_to(real)
    install(options("cursor", "--yes"))
    assert path.is_symlink()
    assert "akamai" in json.loads(real.read_text())["mcpServers"]


@pytest.mark.parametrize(
    ("client", "text"),
    [
        ("claude-desktop", '{"mcpServers": {'),
        ("claude-desktop", '{\n  // a comment\n  "mcpServers": {}\n}'),
        ("claude-desktop", '{"mcpServers": {},}'),
        ("claude-desktop", '{"mcpServers": {}, "mcpServers": {}}'),
        ("claude-desktop", "[]"),
        ("claude-desktop", '{"mcpServers": []}'),
        ("claude-desktop", '{"a": NaN}'),
        ("claude-desktop", "{" + '"a":[' * 200 + "]" * 200 + "}"),
        ("vscode", '{"servers": {} /* open }'),
        ("codex", "[mcp_servers\n"),
        ("codex", "mcp_servers = 1\n"),
        ("codex", 'mcp_servers = { other = { command = "x" } }\n'),
    ],
)
def test_a_configuration_that_cannot_be_changed_safely_is_refused_and_left_alone(
    home: Path, client: str, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = configuration(home, client, text)
    assert main(["install", client, "--yes"]) == 1
    assert str(path) in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == text
    assert [other.name for other in path.parent.iterdir()] == [path.name]


def test_text_that_is_not_utf_8_is_refused(home: Path) -> None:
    path = configuration(home, "cursor")
    path.write_bytes(b'{"a": "\xff"}')
    with pytest.raises(SettingsError, match="cannot be read"):
        install(options("cursor", "--yes"))


def test_comments_and_the_hand_of_the_writer_stay_in_vs_codes_file(home: Path) -> None:
    before = """{
\t// what the team uses
\t"servers": {
\t\t"other": { "command": "x" }, // pinned
\t\t/* not yet */
\t},
\t"inputs": [ ],
}
"""
    path = configuration(home, "vscode", before)
    install(options("vscode", "--yes"))
    after = path.read_text()
    assert [line for line in before.splitlines() if line not in after.splitlines()] == []
    assert set(servers(path, "vscode")) == {"other", "akamai"}
    assert '\n\t\t"akamai": {\n\t\t\t"type"' in after
    install(options("vscode", "--yes", "--remove"))
    assert path.read_text() == before


def test_comments_and_order_stay_in_codexs_file(home: Path) -> None:
    before = 'model = "m" # mine\n\n[mcp_servers.other]\ncommand = "x"\n\n# about the rest\n[tui]\ntheme = "dark"\n'
    path = configuration(home, "codex", before)
    install(options("codex", "--yes", "--section", "a"))
    assert path.read_text().startswith(before)
    install(options("codex", "--yes", "--section", "b"))
    assert path.read_text().count("[mcp_servers.akamai]") == 1
    assert servers(path, "codex")["akamai"]["env"] == {"AKAMAI_MCP_SECTION": "b"}


def test_codexs_table_is_changed_where_it_stands_with_the_tables_inside_it(home: Path) -> None:
    before = (
        '[mcp_servers.akamai]\r\ncommand = "old"\r\n\r\n[mcp_servers.akamai.env]\r\nA = "b"\r\n\r\n# tui\r\n[tui]\r\nx = 1\r\n'
    )
    path = configuration(home, "codex")
    path.write_bytes(before.encode())
    install(options("codex", "--yes"))
    after = path.read_bytes().decode()
    assert tomllib.loads(after) == {
        "mcp_servers": {"akamai": {"command": sys.executable, "args": ["-m", "akamai_mcp"], "env": {"A": "b"}}},
        "tui": {"x": 1},
    }
    assert after.index("akamai") < after.index("# tui\r\n[tui]")
    assert "\n" not in after.replace("\r\n", "")


def test_windows_line_ends_stay(home: Path) -> None:
    path = configuration(home, "cursor")
    path.write_bytes(b'{\r\n    "mcpServers": {\r\n        "other": {}\r\n    }\r\n}\r\n')
    install(options("cursor", "--yes"))
    after = path.read_bytes()
    assert b"\n" not in after.replace(b"\r\n", b"")
    assert b'\r\n        "akamai": {\r\n            "command"' in after


def test_no_secret_of_the_file_is_shown(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {
        "command": "x",
        "env": {"AKAMAI_CLIENT_SECRET": "hush-1", "AKAMAI_MCP_SHARED_KEY": "hush-5", "AKAMAI_MCP_SECTION": "kept"},
        "headers": {"a": ["hush-2"]},
    }
    other = {"command": "y", "env": {"TOKEN": "hush-3"}}
    for client in ("claude-code", "codex"):
        text = (
            '[mcp_servers.akamai]\ncommand = "x"\nenv = {AKAMAI_CLIENT_SECRET = "hush-1"}\n'
            if client == "codex"
            else json.dumps({"oauth": "hush-4", "mcpServers": {"other": other, "akamai": entry}})
        )
        configuration(home, client, text)
        install(options(client, "--dry-run"))
    output = capsys.readouterr()
    assert "AKAMAI_CLIENT_SECRET" in output.out
    assert "hush" not in output.out + output.err


@pytest.mark.parametrize("words", [("--section", "akab-0123456789abcdef"), ("--products", "papi\nccu")])
def test_what_looks_like_a_credential_is_not_written(home: Path, words: tuple[str, str]) -> None:
    with pytest.raises(SettingsError, match="looks like a credential"):
        install(options("cursor", "--yes", *words))
    assert not configuration(home, "cursor").exists()


def test_credentials_of_the_environment_are_not_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AKAMAI_CLIENT_SECRET", "hush")
    monkeypatch.setenv("AKAMAI_MCP_SECTION", "mine")
    install(options("cursor", "--yes"))
    assert "env" not in servers(configuration(home, "cursor"), "cursor")["akamai"]


def on_the_path(home: Path, monkeypatch: pytest.MonkeyPatch, *commands: str) -> Path:
    """A folder that is the whole PATH, with these commands in it."""
    folder = home / "bin"
    folder.mkdir()
    for command in commands:
        (folder / command).write_text("#!/bin/sh\n")
        (folder / command).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_a_source_is_started_by_uvx_with_its_whole_path(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "checkout").mkdir()
    folder = on_the_path(home, monkeypatch, "uvx")
    install(options("cursor", "--yes", "--from", "~/checkout"))
    entry = servers(configuration(home, "cursor"), "cursor")["akamai"]
    assert entry == {"command": str(folder / "uvx"), "args": ["--from", f"{home / 'checkout'}[programs]", "akamai-mcp"]}


def test_a_command_that_is_not_there_is_not_written(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_path(home, monkeypatch)
    for words, command in ((("--from", "akamai-mcp"), "uvx"), (("--url", "https://a.example/mcp"), "npx")):
        with pytest.raises(SettingsError, match=f"{command} is not on the PATH"):
            install(options("claude-desktop", "--yes", *words))


HTTP = "https://mcp.example.com/mcp"
BEARER = {
    "claude-code": {"type": "http", "url": HTTP, "headers": {"Authorization": "Bearer ${TOKEN}"}},
    "cursor": {"url": HTTP, "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
    "vscode": {"type": "http", "url": HTTP, "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
    "codex": {"url": HTTP, "bearer_token_env_var": "TOKEN"},
    "windsurf": {"serverUrl": HTTP, "headers": {"Authorization": "Bearer ${env:TOKEN}"}},
    "gemini-cli": {"httpUrl": HTTP, "headers": {"Authorization": "Bearer ${TOKEN}"}},
    "copilot-cli": {"type": "http", "tools": ["*"], "url": HTTP, "headers": {"Authorization": "Bearer ${TOKEN}"}},
}


@pytest.mark.parametrize("client", CLIENTS)
def test_a_server_over_http_is_written_with_the_variable_that_has_its_token(
    home: Path, client: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = on_the_path(home, monkeypatch, "npx")
    install(options(client, "--yes", "--url", HTTP, "--token-env", "TOKEN"))
    bridge = {"command": str(folder / "npx"), "args": ["-y", "mcp-remote", HTTP, "--header", "Authorization:Bearer ${TOKEN}"]}
    entry = servers(configuration(home, client), client)["akamai"]
    assert entry == BEARER.get(client, dict(CLIENTS[client].members) | bridge)


def test_without_a_token_only_clients_that_take_no_url_need_the_bridge(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    on_the_path(home, monkeypatch, "npx")
    for client in CLIENTS:
        install(options(client, "--yes", "--url", "http://10.0.0.1:8000/mcp"))
    bridged = {client for client in CLIENTS if "command" in servers(configuration(home, client), client)["akamai"]}
    assert bridged == {"claude-desktop", "jetbrains"}
    assert "--allow-http" in servers(configuration(home, "jetbrains"), "jetbrains")["akamai"]["args"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--url", "ftp://a.example"), "not an http or https URL"),
        (("--url", "mcp.example.com"), "not an http or https URL"),
        (("--url", "https://me:secret@a.example/mcp"), "contains a password"),
        (("--url", HTTP, "--token-env", "amcp_not-a-name"), "not the name of a variable"),
        (("--token-env", "TOKEN"), "for a server over HTTP"),
        (("--url", HTTP, "--read-only"), "--read-only does not go with --url"),
        (("--url", HTTP, "--from", "x"), "--from does not go with --url"),
        (("--sandbox", "--section", "a"), "credentials of its own"),
        (("--name", "a b"), "not a usable name"),
        (("--env", "NOTHING"), "not NAME=VALUE"),
        (("--env", "AKAMAI_CLIENT_SECRET=abc"), "looks like a credential"),
        (("--env", "X=akab-0123456789abcdef"), "looks like a credential"),
    ],
)
def test_options_that_do_not_go_together_are_refused_with_what_to_do(home: Path, words: tuple[str, ...], message: str) -> None:
    with pytest.raises(SettingsError, match=message) as refused:
        install(options("cursor", "--yes", *words))
    assert refused.value.advice
    assert not configuration(home, "cursor").exists()


def test_settings_of_any_kind_can_be_written(home: Path) -> None:
    words = ("--read-only", "--env", "AKAMAI_MCP_LOG_LEVEL=info", "--env", "AKAMAI_CLIENT_SECRET_FILE=/run/secret")
    install(options("cursor", "--yes", *words))
    assert servers(configuration(home, "cursor"), "cursor")["akamai"]["env"] == {
        "AKAMAI_MCP_READ_ONLY": "true",
        "AKAMAI_MCP_LOG_LEVEL": "info",
        "AKAMAI_CLIENT_SECRET_FILE": "/run/secret",
    }


@pytest.mark.parametrize("client", [name for name, client in CLIENTS.items() if client.project])
def test_a_projects_file_is_written_in_its_folder(home: Path, client: str) -> None:
    install(options(client, "--yes", "--project", str(home / "work")))
    path = home / "work" / CLIENTS[client].project
    assert "akamai" in servers(path, client)
    assert not configuration(home, client).exists()


def test_a_client_without_a_projects_file_names_those_that_have_one(home: Path) -> None:
    with pytest.raises(SettingsError, match="has no file for one project") as refused:
        install(options("zed", "--yes", "--project"))
    assert "claude-code" in refused.value.advice


def test_another_name_makes_another_entry(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(options("cursor", "--yes"))
    install(options("cursor", "--yes", "--name", "akamai-two", "--section", "two"))
    assert set(servers(configuration(home, "cursor"), "cursor")) == {"akamai", "akamai-two"}
    assert "longer than the 64" in capsys.readouterr().out
    install(options("cursor", "--yes", "--name", "akamai-two", "--remove"))
    assert set(servers(configuration(home, "cursor"), "cursor")) == {"akamai"}


def test_what_an_entry_has_beside_stays_and_is_named(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entry = {"command": "old", "args": ["--mine"], "env": {"A": "1", "AKAMAI_MCP_SECTION": "x"}, "alwaysAllow": ["akamai_read"]}
    path = configuration(home, "cursor", json.dumps({"mcpServers": {"akamai": entry}}))
    install(options("cursor", "--yes", "--section", "y"))
    changed_entry = servers(path, "cursor")["akamai"]
    assert changed_entry == {
        "command": sys.executable,
        "args": ["-m", "akamai_mcp"],
        "env": {"A": "1", "AKAMAI_MCP_SECTION": "y"},
        "alwaysAllow": ["akamai_read"],
    }
    shown = capsys.readouterr().out
    assert "Kept from the present entry: alwaysAllow, env.A (--replace leaves them out)." in shown
    assert "Lost from the present entry: other args." in shown
    install(options("cursor", "--yes", "--section", "y", "--replace"))
    assert servers(path, "cursor")["akamai"] == {
        "command": sys.executable,
        "args": ["-m", "akamai_mcp"],
        "env": {"AKAMAI_MCP_SECTION": "y"},
    }


def test_a_local_server_that_goes_to_http_says_what_it_loses(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(options("cursor", "--yes", "--section", "one"))
    capsys.readouterr()
    install(options("cursor", "--yes", "--url", HTTP))
    assert "Lost from the present entry: command, args, env." in capsys.readouterr().out
    assert servers(configuration(home, "cursor"), "cursor")["akamai"] == {"url": HTTP}


def test_a_header_for_one_url_is_not_sent_to_another(home: Path) -> None:
    entry = {"url": "https://other.example/mcp", "headers": {"Authorization": "Bearer theirs"}}
    path = configuration(home, "cursor", json.dumps({"mcpServers": {"akamai": entry}}))
    install(options("cursor", "--yes", "--url", HTTP))
    assert servers(path, "cursor")["akamai"] == {"url": HTTP}


def test_a_removal_says_that_it_is_one(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    install(options("claude-code", "--yes"))
    capsys.readouterr()
    install(options("claude-code", "--yes", "--remove"))
    shown = capsys.readouterr().out
    assert "The entry is gone. A session of Claude Code that is open keeps it until it ends." in shown
    assert "next session of Claude Code uses it" not in shown


def test_a_diff_shows_harmless_values_and_hides_secret_ones(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {
        "AKAMAI_MCP_LOG_LEVEL": "info",
        "PATH": "/usr/bin:/bin",
        "AKAMAI_MCP_AUTH_TOKENS_FILE": "/etc/tokens",
        "API_TOKEN": "hush-1",
        "PLAIN": "amcp_hush-2",
        "REDIS": "redis://user:hush-3@host/0",
        "RANDOM": "4f9ahush4b2c7d1e8f3a6b5c4d9e",
    }
    entry = {
        "command": "x",
        "args": ["--token", "hush-5", "--header", "Authorization:Bearer hush-6", "--port", "8000"],
        "env": environment,
        "headers": {"Authorization": "Bearer hush-7", "X-Team": "Bearer ${TEAM}"},
    }
    configuration(home, "cursor", json.dumps({"mcpServers": {"akamai": entry}}))
    install(options("cursor", "--dry-run"))
    shown = capsys.readouterr().out
    assert "hush" not in shown
    for harmless in ('"info"', "/usr/bin:/bin", "/etc/tokens", "8000", "Bearer ${TEAM}", "redis://***@host/0"):
        assert harmless in shown, harmless


@pytest.mark.parametrize("client", ["cursor", "vscode"])
def test_a_link_adds_the_entry_with_one_click_and_nothing_is_written(
    home: Path, client: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert install(options(client, "--url", HTTP, "--token-env", "TOKEN", "--link")) == 0
    parts = urlsplit(capsys.readouterr().out.strip())
    query = parse_qs(parts.query)
    config = query["config"][0]
    assert json.loads(b64decode(config) if client == "cursor" else config) == BEARER[client]
    assert query["name"] == ["akamai"]
    assert not configuration(home, client).exists()


def test_a_client_without_links_says_which_have_them(home: Path) -> None:
    with pytest.raises(SettingsError, match="no such links") as refused:
        install(options("zed", "--link"))
    assert "cursor, vscode" in refused.value.advice


def test_the_page_of_clients_has_what_is_written() -> None:
    page = (Path(__file__).parents[2] / "docs/clients.md").read_text(encoding="utf-8")
    assert with_clients(page) == page, "run `make docs`"
    for name, client in CLIENTS.items():
        assert f"### {client.title}\n" in page
        assert f"akamai-mcp install {name} --url" in page
    buttons = re.findall(r"\[Add to [\w ]+\]\((https://[^)]+)\)", page)
    assert [urlsplit(button).netloc for button in buttons] == ["cursor.com", "vscode.dev"]
    assert all("akamai" in parse_qs(urlsplit(button).query)["name"] for button in buttons)


@pytest.mark.parametrize(
    ("source", "installed"),
    [
        ("akamai-mcp", "akamai-mcp[programs]"),
        ("akamai-mcp==0.1.0", "akamai-mcp[programs]==0.1.0"),
        ("akamai-mcp>=0.1,<1", "akamai-mcp[programs]>=0.1,<1"),
        ("akamai-mcp[redis]", "akamai-mcp[redis]"),
        ("git+https://git.example/akamai-mcp", "akamai-mcp[programs] @ git+https://git.example/akamai-mcp"),
        ("akamai-mcp @ https://files.example/a.whl", "akamai-mcp[programs] @ https://files.example/a.whl"),
    ],
)
def test_what_uvx_installs_has_the_extra_of_programs(source: str, installed: str) -> None:
    assert with_programs(source) == installed


def test_a_python_that_may_be_gone_tomorrow_is_not_written_down(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", str(home / "uv" / "archive-v0" / "abc"))
    with pytest.raises(SettingsError, match="uv's cache"):
        install(options("cursor", "--yes"))


def test_a_configuration_elsewhere_can_be_named(home: Path) -> None:
    path = home / "project" / ".mcp.json"
    install(options("claude-code", "--yes", "--config", str(path)))
    assert "akamai" in servers(path, "claude-code")


@pytest.mark.parametrize(
    ("client", "system", "expected"),
    [
        ("claude-desktop", "darwin", "Library/Application Support/Claude/claude_desktop_config.json"),
        ("claude-desktop", "win32", "AppData/Roaming/Claude/claude_desktop_config.json"),
        ("claude-desktop", "linux", ".config/Claude/claude_desktop_config.json"),
        ("claude-code", "linux", ".claude.json"),
        ("cursor", "darwin", ".cursor/mcp.json"),
        ("vscode", "darwin", "Library/Application Support/Code/User/mcp.json"),
        ("vscode", "win32", "AppData/Roaming/Code/User/mcp.json"),
        ("vscode", "linux", ".config/Code/User/mcp.json"),
        ("codex", "linux", ".codex/config.toml"),
        ("windsurf", "linux", ".codeium/windsurf/mcp_config.json"),
        ("gemini-cli", "win32", ".gemini/settings.json"),
        ("zed", "linux", ".config/zed/settings.json"),
        ("zed", "darwin", ".config/zed/settings.json"),
        ("zed", "win32", "AppData/Roaming/Zed/settings.json"),
        ("copilot-cli", "linux", ".copilot/mcp-config.json"),
        ("jetbrains", "darwin", ".junie/mcp/mcp.json"),
        ("cline", "linux", f".config/Code/{CLINE}"),
        ("cline", "darwin", f"Library/Application Support/Code/{CLINE}"),
    ],
)
def test_each_system_has_its_own_place(client: str, system: str, expected: str) -> None:
    assert file_of(CLIENTS[client], system, Path("/home/app"), {}) == Path("/home/app") / expected


@pytest.mark.parametrize(
    ("client", "variable"),
    [
        ("codex", "CODEX_HOME"),
        ("claude-code", "CLAUDE_CONFIG_DIR"),
        ("vscode", "XDG_CONFIG_HOME"),
        ("copilot-cli", "COPILOT_HOME"),
        ("zed", "XDG_CONFIG_HOME"),
    ],
)
def test_a_variable_moves_the_place(client: str, variable: str) -> None:
    assert file_of(CLIENTS[client], "linux", Path("/home/app"), {variable: "/elsewhere"}).is_relative_to("/elsewhere")


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder that not even root may write to")
def test_a_folder_that_cannot_be_written_is_told() -> None:
    with pytest.raises(SettingsError, match="cannot be written"):
        install(options("cursor", "--yes", "--config", "/proc/akamai-mcp/mcp.json"))


KEYS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=6)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
DOCUMENTS = st.dictionaries(KEYS, VALUES, max_size=4)


@given(document=DOCUMENTS, table=st.dictionaries(KEYS, VALUES, max_size=3), indent=st.sampled_from([None, 0, 2, "\t"]))
def test_any_json_keeps_what_it_said_when_a_member_comes_and_goes(
    document: dict[str, object], table: dict[str, object], indent: int | str | None
) -> None:
    whole = document | {"mcpServers": {key: value for key, value in table.items() if key != "akamai"}}
    text = json.dumps(whole, indent=indent)
    with_it = set_member(text, ("mcpServers", "akamai"), ENTRY, comments=False)
    assert json.loads(with_it) == whole | {"mcpServers": {**whole["mcpServers"], "akamai": ENTRY}}
    assert json.loads(remove_member(with_it, ("mcpServers", "akamai"), comments=False)) == whole


@pytest.mark.parametrize("place", ["first", "middle", "last"])
@pytest.mark.parametrize("comma", ["", ","])
def test_a_member_can_be_taken_out_wherever_it_stands(place: str, comma: str) -> None:
    order = {"first": ("akamai", "a", "b"), "middle": ("a", "akamai", "b"), "last": ("a", "b", "akamai")}[place]
    rows = ",\n".join(f'    // {name}\n    "{name}": {{ }}' for name in order)
    text = f'{{\n  "servers": {{\n{rows}{comma} // end\n  }}\n}}\n'
    after = remove_member(text, ("servers", "akamai"), comments=True)
    assert parse_json(after, comments=True).value == {"servers": {"a": {}, "b": {}}}
    assert {"// a", "// b", "// end"} <= {word.strip() for word in after.replace("//", "\n//").splitlines()}


def test_every_clients_entry_names_the_command_and_its_arguments() -> None:
    for client in CLIENTS.values():
        after = changed(client, "akamai", "", local_entry(client, "run", ["-m", 'a "quoted" \\ one'], {}), "file")
        value = tomllib.loads(after) if client.format == "toml" else json.loads(after)
        assert value[client.table]["akamai"]["args"] == ["-m", 'a "quoted" \\ one']
