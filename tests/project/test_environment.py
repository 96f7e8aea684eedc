"""`make` on a fresh machine: which Python it takes, what it says if there is none, and that a wrong environment does not stay."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tools/environment.sh"
TOOLS = ("sh", "mkdir", "rm", "cat", "touch", "chmod", "cp", "awk", "make", "env")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs a POSIX shell")


class Machine:
    """A machine whose path has only a few tools and Pythons that say which version they are."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.log = folder / "log"
        self.log.touch()
        self.venv = folder / "venv"
        for tool in TOOLS:
            (self.bin / tool).symlink_to(shutil.which(tool) or "/nowhere")

    def add_python(self, name: str, version: str, folder: Path | None = None) -> Path:
        """A Python that knows its version and `-m venv`, and notes what it is asked."""
        path = (folder or self.bin) / name
        usable = int(version.split(".")[1]) >= 11
        path.write_text(
            f"""#!/bin/sh
case "$*" in
  *'sys.exit'*) exit {0 if usable else 1} ;;
  *print*) echo {version} ;;
  '-m venv --clear '*) rm -rf "$4"; mkdir -p "$4/bin"; cp "{path}" "$4/bin/python"; echo "{name} venv" >> {self.log} ;;
  *) echo "{name} $*" >> {self.log} ;;
esac
"""
        )
        path.chmod(0o755)
        return path

    def add_uv(self) -> None:
        path = self.bin / "uv"
        path.write_text(f'#!/bin/sh\n[ "$1" = python ] && exit 1\necho "uv $*" >> {self.log}\n')
        path.chmod(0o755)

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        given = {"PATH": str(self.bin), **environment}
        return subprocess.run([*words], env=given, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)

    def make_environment(self, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.run(str(SCRIPT), str(self.venv), "--editable", ".", **environment)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_a_machine_with_an_old_python_alone_is_told_what_to_do(machine: Machine) -> None:
    machine.add_python("python3", "3.9")
    done = machine.make_environment()
    assert done.returncode == 1
    assert "needs Python 3.11 or newer; python3 is 3.9" in done.stderr
    assert "make PYTHON=" in done.stderr
    assert not machine.venv.exists()


def test_a_machine_without_python_is_told_the_same(machine: Machine) -> None:
    assert "python3 is missing" in machine.make_environment().stderr


def test_a_newer_python_beside_an_old_one_is_found(machine: Machine) -> None:
    machine.add_python("python3", "3.9")
    machine.add_python("python3.12", "3.12")
    assert machine.make_environment().returncode == 0
    assert "python3.12 venv" in machine.log.read_text()
    assert machine.log.read_text().endswith("--editable .\n")


def test_an_environment_of_an_old_python_is_made_again_and_a_good_one_is_kept(machine: Machine) -> None:
    (machine.venv / "bin").mkdir(parents=True)
    (machine.venv / "old").touch()
    machine.add_python("python", "3.9", machine.venv / "bin")
    machine.add_python("python3", "3.13")
    assert machine.make_environment().returncode == 0
    assert not (machine.venv / "old").exists()
    machine.make_environment()
    assert machine.log.read_text().count("venv") == 1


def test_a_python_that_is_named_is_used_and_replaces_an_environment_of_another(machine: Machine) -> None:
    machine.add_python("python3", "3.13")
    machine.make_environment()
    named = machine.add_python("other", "3.12")
    machine.make_environment(PYTHON=str(named))
    assert "other venv" in machine.log.read_text()


def test_a_python_that_is_named_and_too_old_is_refused_by_its_name(machine: Machine) -> None:
    machine.add_python("python3", "3.13")
    named = machine.add_python("other", "3.8")
    done = machine.make_environment(PYTHON=str(named))
    assert done.returncode == 1
    assert f"PYTHON={named}" in done.stderr


def test_uv_is_used_where_it_is_and_brings_a_python_where_there_is_none(machine: Machine) -> None:
    machine.add_python("python3", "3.9")
    machine.add_uv()
    assert machine.make_environment().returncode == 0
    venv, install = machine.log.read_text().splitlines()
    assert venv == f"uv venv --quiet --clear --seed --python >=3.11 {machine.venv}"
    assert install == f"uv pip install --quiet --compile-bytecode --python {machine.venv}/bin/python --editable ."


def test_packages_that_few_tests_need_are_compiled_when_they_are_imported(machine: Machine) -> None:
    machine.add_python("python3", "3.13")
    machine.make_environment(COMPILE="no")
    assert machine.log.read_text().endswith("pip install --quiet --disable-pip-version-check --no-compile --editable .\n")
    machine.add_uv()
    machine.make_environment(COMPILE="no")
    assert machine.log.read_text().endswith(f"uv pip install --quiet --python {machine.venv}/bin/python --editable .\n")


def test_make_alone_lists_its_targets_and_starts_nothing(machine: Machine) -> None:
    done = machine.run("make", "--no-print-directory", f"VENV={machine.venv}")
    assert done.returncode == 0, done.stderr
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = {line.split()[1] for line in done.stdout.splitlines()}
    phony = text.split(".PHONY:")[1].split("\n\n")[0].replace("\\\n", " ").split()
    # test-other-pythons is for CI alone.
    assert listed == set(phony) - {"test-other-pythons"}
    assert not machine.venv.exists()


def test_the_demo_installs_the_product_without_the_tools_of_development(machine: Machine) -> None:
    (machine.bin / "python3").symlink_to(sys.executable)
    done = machine.run("make", "--dry-run", "demo", f"VENV={machine.venv}")
    assert "--editable '.[programs]'\n" in done.stdout
    assert "--group" not in done.stdout
