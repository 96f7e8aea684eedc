"""The script that makes the secrets of docker-compose.yml: they fit each other, nobody else reads them, and none is replaced."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from akamai_mcp.access.tokens import TokenFile

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "deploy/make-secrets.sh"

pytestmark = pytest.mark.skipif(os.name == "nt" or not shutil.which("openssl"), reason="needs a POSIX shell and openssl")


def make(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([str(SCRIPT), *words], capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def edgerc(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("home") / ".edgerc"
    path.write_text("[default]\nclient_secret = hush\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def made(edgerc: Path) -> tuple[Path, str]:
    """The folder, and what the script said."""
    folder = edgerc.parent / "secrets"
    done = make("mcp.example.com", str(edgerc), str(folder))
    assert done.returncode == 0, done.stderr
    return folder, done.stdout


def text(folder: Path, name: str) -> str:
    return (folder / name).read_text(encoding="utf-8").strip()


def test_every_file_that_compose_mounts_is_there_and_only_its_owner_reads_it(made: tuple[Path, str]) -> None:
    folder, _ = made
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
    assert {path.name for path in folder.iterdir()} == {Path(secret["file"]).name for secret in compose["secrets"].values()}
    assert {oct(path.stat().st_mode & 0o777) for path in folder.iterdir()} == {"0o400"}
    assert oct(folder.stat().st_mode & 0o777) == "0o700"


def test_the_token_is_shown_once_and_is_that_of_the_file(made: tuple[Path, str]) -> None:
    folder, said = made
    (token,) = re.findall(r"amcp_\S+", said)
    holder = TokenFile(folder / "tokens").find(token)
    assert holder is not None
    assert (holder.name, holder.roles) == ("admin", ("admin",))
    assert token not in text(folder, "tokens")


def test_redis_and_the_servers_have_one_password_and_the_key_is_long_enough(made: tuple[Path, str]) -> None:
    folder, _ = made
    (password,) = re.findall(r"^requirepass (\S+)$", text(folder, "redis.conf"), re.MULTILINE)
    assert text(folder, "redis_url") == f"redis://:{password}@redis:6379/0"
    assert len(text(folder, "shared_key")) >= 32
    assert password != text(folder, "shared_key")


def test_no_secret_but_the_token_is_printed(made: tuple[Path, str]) -> None:
    folder, said = made
    for name in ("edgerc", "redis_url", "shared_key"):
        assert not any(line in said for line in text(folder, name).splitlines())


def test_the_certificate_is_one_for_the_host_name(made: tuple[Path, str]) -> None:
    shown = subprocess.run(
        ["openssl", "x509", "-in", str(made[0] / "tls.crt"), "-noout", "-ext", "subjectAltName"],
        capture_output=True, text=True, timeout=60, check=True,
    ).stdout  # fmt: skip
    assert "DNS:mcp.example.com" in shown


def test_a_second_run_keeps_every_file_and_makes_only_what_is_missing(made: tuple[Path, str], edgerc: Path) -> None:
    folder, _ = made
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    (folder / "shared_key").unlink()
    said = make("mcp.example.com", str(edgerc), str(folder)).stdout
    after = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert after.keys() == before.keys()
    assert {name for name in before if before[name] != after[name]} == {"shared_key"}
    assert "amcp_" not in said


@pytest.mark.parametrize("words", [(), ("mcp.example.com", "/nonexistent"), ("mcp example",), ("a;b",)])
def test_what_cannot_be_made_is_refused_with_one_line(words: tuple[str, ...], tmp_path: Path) -> None:
    given = (*words, str(tmp_path / "s")) if len(words) == 2 else words
    done = make(*given)
    assert done.returncode != 0
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "s").exists()
