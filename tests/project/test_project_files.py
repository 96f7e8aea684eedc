"""What maintainers need besides the code: workflows, locked versions, the check of a release."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from check_release import complaints, notes

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
ACTIONLINT = Path(sys.executable).parent / "actionlint"
PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^\s;\\]+)", re.MULTILINE)


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(path: Path) -> dict[str, str]:
    return {plain(name): version for name, version in PIN.findall(path.read_text(encoding="utf-8"))}


def jobs(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))["jobs"]


def steps(path: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(path).values() for step in job["steps"]]


# .github


def lint(*paths: Path) -> subprocess.CompletedProcess[str]:
    command = str(ACTIONLINT if ACTIONLINT.exists() else shutil.which("actionlint"))
    return subprocess.run(
        [command, "-no-color", *map(str, paths)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )


@pytest.mark.skipif(not ACTIONLINT.exists() and not shutil.which("actionlint"), reason="actionlint is not installed: make check")
def test_the_linter_of_workflows_finds_nothing_and_would_find_a_mistake(tmp_path: Path) -> None:
    assert lint(*WORKFLOWS).stdout == ""
    wrong = tmp_path / "ci.yml"
    wrong.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("matrix.python", "matrix.pythn"), encoding="utf-8")
    assert "pythn" in lint(wrong).stdout


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_may_only_read_and_its_jobs_ask_for_more_and_end(path: Path) -> None:
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 60
    checkouts = [step for step in steps(path) if step.get("uses", "").startswith("actions/checkout@")]
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_files_and_targets_that_a_workflow_names_exist(path: Path) -> None:
    text = "\n".join(step.get("run", "") for step in steps(path))
    named = set(re.findall(r"\b(?:locks|tools|\.ci)/[\w./-]+|tests/\w+(?:\.py)?", text))
    assert {name for name in named if not (ROOT / name).exists()} == set()
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)", text)) <= targets


def test_ci_runs_on_every_supported_python_and_on_three_systems() -> None:
    matrix = jobs(ROOT / ".github/workflows/ci.yml")["test"]["strategy"]["matrix"]
    said = [name.rsplit(" ", 1)[1] for name in project()["project"]["classifiers"] if "Python :: 3." in name]
    assert set(said) <= set(matrix["python"])
    assert matrix["python"][0] == project()["project"]["requires-python"].removeprefix(">=")
    assert {name.split("-")[0] for name in matrix["os"]} == {"ubuntu", "macos", "windows"}


def test_a_release_holds_no_token_and_says_where_its_files_come_from() -> None:
    release = jobs(ROOT / ".github/workflows/release.yml")
    assert release["publish"]["permissions"] == {"id-token": "write"}
    assert release["publish"]["environment"] == release["image"]["environment"] == "release"
    text = (ROOT / ".github/workflows/release.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"REGISTRY_PASSWORD"}
    assert text.count("attest-build-provenance") == 2
    assert "sbom: true" in text
    assert "provenance: mode=max" in text


@pytest.mark.parametrize("path", sorted((ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name)
def test_an_issue_form_asks_each_thing_once(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    ids = [part["id"] for part in form.get("body", []) if "id" in part]
    assert len(ids) == len(set(ids))
    assert all("label" in part["attributes"] for part in form.get("body", []) if part["type"] != "markdown")


def test_the_devcontainer_builds_from_a_file_that_is_there() -> None:
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text(encoding="utf-8"))
    dockerfile = (ROOT / ".devcontainer" / container["build"]["dockerfile"]).read_text(encoding="utf-8")
    assert f"useradd --create-home --shell /bin/bash {container['remoteUser']}" in dockerfile


# Versions


def test_a_changed_file_of_the_package_makes_uv_build_it_again() -> None:
    keys = [key["file"] for key in project()["tool"]["uv"]["cache-keys"]]
    watched = {path for key in keys for path in ROOT.glob(key)}
    packaged = {path for folder in ("akamai_mcp", "specs") for path in (ROOT / folder).rglob("*") if path.is_file()}
    kept = {path for path in packaged if "__pycache__" not in path.parts and path.name not in {"README.md", "py.typed"}}
    assert kept - watched == set(), "add these to cache-keys in pyproject.toml"


@pytest.mark.parametrize("path", LOCKS, ids=lambda path: path.name)
def test_locked_versions_are_those_of_the_constraints_and_each_has_a_hash(path: Path) -> None:
    text, chosen = path.read_text(encoding="utf-8"), pins(ROOT / "constraints.txt")
    locked = pins(path)
    assert locked
    assert {name: version for name, version in locked.items() if chosen.get(name, version) != version} == {}, "run `make locks`"
    for part in re.split(r"^(?=[A-Za-z])", text, flags=re.MULTILINE)[1:]:
        assert "--hash=sha256:" in part, part.splitlines()[0]
    assert "://" not in text


def named(requirements: list[Any]) -> set[str]:
    """The packages that requirements name."""
    return {plain(re.split(r"[<>=!\[; ]", text)[0]) for text in requirements if isinstance(text, str)}


@pytest.mark.parametrize(
    ("lock", "extras", "groups"),
    [("image", ("redis", "metrics", "otel", "programs"), ()), ("ci", (), ("test", "check", "build")), ("build", (), ("build",)),
     ("docs", (), ("docs",))],
)  # fmt: skip
def test_a_lock_has_everything_that_pyproject_asks_for(lock: str, extras: tuple[str, ...], groups: tuple[str, ...]) -> None:
    tables = project()
    wanted = [*(tables["project"]["dependencies"] if lock in {"image", "ci"} else [])]
    wanted += [text for extra in extras for text in tables["project"]["optional-dependencies"][extra]]
    wanted += [text for group in groups for text in tables["dependency-groups"][group]]
    assert named(wanted) - pins(ROOT / "locks" / f"{lock}.txt").keys() == set(), "run `make locks`"


# A release

CHANGELOG = (
    "# Changelog\n\n## [Unreleased]\n\n## [1.2.0] - 2027-01-31\n\n### Added\n\n- A thing.\n\n## [1.1.0] - 2026-12-01\n\n- Old.\n"
)


def test_a_release_whose_tag_package_changelog_and_entry_agree_is_taken() -> None:
    assert complaints("v1.2.0", "1.2.0", CHANGELOG, '{"name": "org.example/akamai-mcp", "version": "1.2.0"}') == []
    assert notes("1.2.0", CHANGELOG) == "### Added\n\n- A thing.\n"


@pytest.mark.parametrize(
    ("tag", "version", "entry", "said"),
    [
        ("v1.2.1", "1.2.0", '{"version": "1.2.0"}', "The tag is v1.2.1"),
        ("v1.3.0", "1.3.0", '{"version": "1.3.0"}', "CHANGELOG.md has no heading"),
        ("v1.2.0", "1.2.0", '{"version": "1.1.0"}', "server.json does not name 1.2.0"),
        ("v1.2.0", "1.2.0", '{"name": "com.example/x", "version": "1.2.0"}', "com.example"),
    ],
)
def test_a_release_that_does_not_agree_is_refused_with_the_reason(tag: str, version: str, entry: str, said: str) -> None:
    (complaint,) = complaints(tag, version, CHANGELOG, entry)
    assert said in complaint
