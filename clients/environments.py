"""An environment of its own for each client, below build/clients: installed once, and asked for the version that is there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

from clients.subjects import Subject

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "build/clients"
NODE: Final = "node@22"  # the inspector wants 22.19, which not every system has
SECONDS: Final = 900


def folder_of(name: str) -> Path:
    """The folder of a subject's environment."""
    return FOLDER / name


def python_of(name: str) -> str:
    """The interpreter of a subject's environment; this one for the empty name."""
    return str(folder_of(name) / "bin/python") if name else sys.executable


def node() -> str:
    """The Node that scripts run with."""
    return str(folder_of("node") / "node_modules/node/bin/node")


def script_of(subject: Subject) -> str:
    """The script of a package of npm."""
    return str(folder_of(subject.name) / "node_modules" / subject.package / subject.script)


def install(subject: Subject) -> str:
    """Install a subject unless it is there; return why it cannot be installed, or an empty text."""
    if version_of(subject):
        return ""
    shutil.rmtree(folder_of(subject.name), ignore_errors=True)
    try:
        for command in _commands(subject):
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
            if done.returncode:
                return f"{Path(command[0]).name} ended with {done.returncode}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    return "" if version_of(subject) else "nothing was installed"


def _commands(subject: Subject) -> list[list[str]]:
    folder = folder_of(subject.name)
    if subject.manager == "pip":
        made = [sys.executable, "-m", "venv", str(folder)]
        return [made, [python_of(subject.name), "-m", "pip", "install", "--quiet", subject.package, *subject.beside]]
    return [npm_install(folder, subject.package)]


def npm_install(folder: Path, package: str) -> list[str]:
    """The command that installs a package of npm without running its scripts."""
    folder.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"]
    return [shutil.which("npm") or "npm", "install", "--prefix", str(folder), *quiet, package]


def install_node() -> str:
    """Install Node unless it is there; return why it cannot be installed, or an empty text."""
    if Path(node()).exists():
        return ""
    folder = folder_of("node")
    setup = folder / "node_modules/node/installArchSpecificPackage.js"  # the one script that is wanted: it fetches the binary
    for command, where in ((npm_install(folder, NODE), FOLDER), (["node", str(setup)], setup.parent)):
        try:
            done = subprocess.run(command, cwd=where, capture_output=True, text=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as error:
            return type(error).__name__
        if done.returncode:
            return f"{Path(command[0]).name} ended with {done.returncode}"
    return "" if Path(node()).exists() else "no binary was installed"


def version_of(subject: Subject) -> str:
    """The version that is installed, or an empty text."""
    if subject.manager == "npm":
        manifest = folder_of(subject.name) / "node_modules" / subject.package / "package.json"
        return str(json.loads(manifest.read_text(encoding="utf-8"))["version"]) if manifest.exists() else ""
    return _python_version(subject.name, subject.package.partition("[")[0])


def sdk_of(subject: Subject) -> str:
    """The version of the MCP SDK that a Python client brings, or an empty text."""
    return _python_version(subject.name, "mcp") if subject.manager == "pip" else ""


def _python_version(name: str, package: str) -> str:
    if not Path(python_of(name)).exists():
        return ""
    asked = f"from importlib.metadata import version; print(version({package!r}))"
    done = subprocess.run([python_of(name), "-c", asked], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
