"""`akamai-mcp sandbox`: a fake account that stays up, with credentials for it in a folder."""

from __future__ import annotations

import argparse
import logging
import os
import shlex
import shutil
import signal
import threading
from collections.abc import Callable
from configparser import ConfigParser
from configparser import Error as MalformedFile
from pathlib import Path
from typing import Final

from akamai_mcp import SETTINGS_PREFIX as PREFIX
from akamai_mcp.cli.ports import require_free
from akamai_mcp.cli.trial.accounts import LOOPBACK, build_account, is_of_another
from akamai_mcp.documents.location import user_data_folder
from akamai_mcp.errors import SettingsError
from akamai_mcp.sandbox.server import SandboxServer

EDGERC: Final = ".edgerc"
CA: Final = "ca.pem"
PROXIES: Final = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")


def sandbox(options: argparse.Namespace, wait: Callable[[], None] | None = None) -> int:
    """Serve a fake account until Ctrl-C or SIGTERM. Raises SettingsError."""
    folder = (options.folder or user_data_folder() / "sandbox").expanduser().absolute()
    require_own(folder / EDGERC)
    require_free(LOOPBACK, options.port, "--port")
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL)
    with SandboxServer(build_account(), port=options.port) as server:
        write_files(server, folder)
        print(next_steps(server.url, folder), flush=True)
        (wait or wait_for_signal)()
    print("The sandbox has ended; what was changed in it is forgotten.")
    return 0


def write_files(server: SandboxServer, folder: Path) -> None:
    """Write credentials and certificate authority of a fake account into a folder. Raises SettingsError."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (folder / EDGERC).unlink(missing_ok=True)
        server.write_edgerc(folder / EDGERC)
        shutil.copyfile(server.ca_bundle, folder / CA)
    except OSError as error:
        raise SettingsError(
            f"{folder} cannot be written ({error.strerror}).", advice="Name another one with --folder."
        ) from error


def require_own(edgerc: Path) -> None:
    """Check that a credentials file, if there is one, is a sandbox's and nobody's real one. Raises SettingsError."""
    parser = ConfigParser(interpolation=None, default_section="")
    try:
        parser.read(edgerc, encoding="utf-8")
        hosts = [parser[section].get("host", "") for section in parser.sections()]
    except (MalformedFile, OSError, UnicodeDecodeError):
        hosts = [""]
    if any(not host.startswith(f"{LOOPBACK}:") for host in hosts) or (edgerc.exists() and not hosts):
        raise SettingsError(f"{edgerc} has other credentials than a sandbox's.", advice="Name another folder with --folder.")


def next_steps(url: str, folder: Path) -> str:
    """What a person can do now."""
    variables = {f"{PREFIX}EDGERC": str(folder / EDGERC), f"{PREFIX}CA_BUNDLE": str(folder / CA)}
    if any(os.environ.get(name) for name in PROXIES):
        variables["NO_PROXY"] = LOOPBACK
    exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
    others = [name for name in os.environ if is_of_another(name)]
    lines = [
        f"A fake Akamai account is at {url}. It checks signatures and keeps what you change; nothing reaches Akamai.",
        "",
        "In another terminal:",
        *([f"  unset {' '.join(sorted(others))}"] if others else []),
        f"  export {exports}",
        "  akamai-mcp call papi/v1#get-groups",
        "  akamai-mcp customers --check",
        "",
        "With your agent, whose server brings a fake account of its own:",
        "  akamai-mcp install claude-code --sandbox",
        "",
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def wait_for_signal() -> None:
    """Return at Ctrl-C or SIGTERM."""
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    while not ended.wait(1.0):  # a wait without end cannot be interrupted on Windows
        pass
