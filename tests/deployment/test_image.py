"""The container image: what its description promises, and its steps in a scratch folder."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECRET = re.compile(r"secret|token|passw|credential|_key\b", re.IGNORECASE)
# What only an image has: its package manager and its users.
IMAGE_ONLY = ("apt-get", "useradd")
IMAGE_PATH = re.compile(r"(?<![\w./$])/(?=(?:opt|dist|src|home)\b)")


def instructions() -> list[tuple[str, str]]:
    """(instruction, what comes after it), with lines joined and comments left out."""
    text = re.sub(r"^\s*#.*\n", "", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    lines = text.replace("\\\n", " ").splitlines()
    return [(words[0], " ".join(words[1:])) for line in lines if (words := line.split())]


def values(name: str) -> list[str]:
    return [rest for instruction, rest in instructions() if instruction == name]


def variables(stage: int) -> dict[str, str]:
    """What ENV and ARG set in a stage."""
    found: dict[str, str] = {}
    current = -1
    for name, rest in instructions():
        current += name == "FROM"
        if name in {"ENV", "ARG"} and current == stage:
            found |= dict(pair.split("=", 1) for pair in rest.split())
    return found


def test_every_stage_stands_on_one_base_of_a_named_version():
    (base,) = re.findall(r"^ARG BASE=(\S+)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base)
    assert {rest.split()[0] for rest in values("FROM")} == {"${BASE}"}


def test_the_image_holds_no_secret_and_fetches_no_script():
    assert [name for stage in (0, 1) for name in variables(stage) if SECRET.search(name)] == []
    assert values("ADD") == []
    assert [rest for rest in values("RUN") if re.search(r"\b(curl|wget)\b", rest)] == []


def test_the_server_is_the_process_and_runs_without_rights():
    names = [name for name, _ in instructions()]
    assert json.loads(values("ENTRYPOINT")[0]) == ["akamai-mcp"]
    assert values("CMD") == []
    assert values("USER") == ["10001:10001"]
    assert names.index("USER") < names.index("ENTRYPOINT")


def test_the_health_check_is_a_command_of_the_server():
    from akamai_mcp.cli.commands import build_parser

    (check,) = values("HEALTHCHECK")
    command = json.loads(check[check.index("[") :])
    assert command[0] == "akamai-mcp"
    assert build_parser().parse_args(command[1:]).command == "healthcheck:healthcheck"


def is_in_context(path: Path) -> bool:
    """Whether .dockerignore lets a file into the build; of its rules the last that fits decides."""
    name, kept = path.relative_to(ROOT).as_posix(), True
    for rule in (ROOT / ".dockerignore").read_text(encoding="utf-8").split("\n"):
        pattern = rule.removeprefix("!").removeprefix("**/")
        if not pattern or rule.startswith("#"):
            continue
        parts = name.split("/")
        fits = any(fnmatch("/".join(parts[:end]), pattern) for end in range(1, len(parts) + 1))
        if fits or ("**/" in rule and any(fnmatch(part, pattern) for part in parts)):
            kept = rule.startswith("!")
    return kept


def test_nothing_of_the_checkout_but_its_sources_is_sent_to_the_build():
    assert [
        name for name in (".env.example", ".git", "tests/conftest.py", "docs/operations.md") if is_in_context(ROOT / name)
    ] == []
    assert is_in_context(ROOT / "akamai_mcp/settings.py")
    assert is_in_context(ROOT / "specs/papi/v1/openapi.json")
    assert not is_in_context(ROOT / "specs/guide/papi.yaml")
    assert not is_in_context(ROOT / "akamai_mcp/__pycache__/settings.cpython-311.pyc")


def steps() -> Iterator[tuple[int, str, str]]:
    """(stage, instruction, rest) of what changes the image's files."""
    stage = -1
    for name, rest in instructions():
        stage += name == "FROM"
        if name in {"COPY", "RUN"} and not any(word in rest for word in IMAGE_ONLY):
            yield stage, name, rest


def copy_from_context(rest: str, folder: Path) -> None:
    *sources, target = rest.split()
    for source in sources:
        for path in [ROOT / source, *(ROOT / source).rglob("*")]:
            if path.is_file() and is_in_context(path):
                into = folder / target / (path.relative_to(ROOT / source) if (ROOT / source).is_dir() else path.name)
                into.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, into)


@pytest.mark.skipif(
    not os.environ.get("TEST_AKAMAI_MCP_IMAGE"),
    reason="needs a container engine, or make image-test, which installs every dependency again without one",
)
def test_the_images_steps_make_a_server_that_answers_without_writing(tmp_path: Path):
    def here(text: str) -> str:
        return IMAGE_PATH.sub(f"{tmp_path}/", text)

    (tmp_path / "src").mkdir()
    (tmp_path / "home/app").mkdir(parents=True)
    environment = dict(os.environ)
    for stage, name, rest in steps():
        if name == "COPY" and "--from" not in rest:
            copy_from_context(rest, tmp_path / "src")
        elif name == "RUN":
            given = {key: here(value).replace("$PATH", os.environ["PATH"]) for key, value in variables(stage).items()}
            environment = {**os.environ, **given}
            folder = tmp_path / ("src" if stage == 0 else "home/app")
            subprocess.run(["/bin/sh", "-ec", here(rest)], cwd=folder, env=environment, check=True, timeout=900)
    before = sorted((tmp_path / "home").rglob("*"))
    done = subprocess.run(
        ["akamai-mcp", "healthcheck"], env=environment, cwd="/", capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "ok", "")
    assert sorted((tmp_path / "home").rglob("*")) == before
    installed = [path.name for path in (tmp_path / "opt/akamai-mcp/lib").glob("python*/site-packages/akamai_mcp")]
    assert installed == ["akamai_mcp"]
