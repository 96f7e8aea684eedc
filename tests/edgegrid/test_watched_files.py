"""A file that an operator changes: its newest version that can be read counts, and a file that is gone takes its content along."""

from __future__ import annotations

from pathlib import Path

import pytest

from akamai_mcp.edgegrid.operator_files import read_operator_file
from akamai_mcp.edgegrid.watched import WatchedFile, exposure, file_stamp
from akamai_mcp.errors import CredentialsError


class Desk:
    """A watched file of one number, what was read of it, and the warnings."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.reads = 0
        self.warnings: list[str] = []
        self.file: WatchedFile[int] = WatchedFile(path, self._read, self.warnings.append)

    def _read(self, path: Path) -> int:
        self.reads += 1
        text = read_operator_file(path, advice="Write a number.")
        if not text.isdigit():
            raise CredentialsError("It is no number.", advice="Write a number.")
        return int(text)

    def write(self, text: str, mode: int = 0o600) -> None:
        self.path.write_text(text, encoding="utf-8")
        self.path.chmod(mode)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path / "number")


def test_a_file_is_read_again_only_when_it_has_changed(desk: Desk) -> None:
    desk.write("1")
    assert (desk.file.renew(), desk.file.value(), desk.file.renew(), desk.reads) == (True, 1, False, 1)
    desk.write("22")
    assert (desk.file.renew(), desk.file.value(), desk.reads) == (True, 22, 2)
    assert (desk.file.problems, desk.file.broken, desk.file.gone, desk.warnings) == ((), "", False, [])


def test_a_broken_version_leaves_the_former_in_force_and_is_told_once(desk: Desk) -> None:
    desk.write("1")
    desk.file.renew()
    desk.write("none")
    kept = "It is no number. The previous version stays in effect."
    assert (desk.file.renew(), desk.file.renew(), desk.file.value()) == (True, False, 1)
    assert (desk.warnings, desk.file.problems) == ([kept], (kept,))
    desk.write("3")
    desk.file.renew()
    assert (desk.file.value(), desk.file.problems) == (3, ())


def test_a_file_that_never_could_be_read_is_an_error_at_each_use_and_no_warning(desk: Desk) -> None:
    desk.write("none")
    desk.file.renew()
    for _ in range(2):
        with pytest.raises(CredentialsError) as refused:
            desk.file.value()
        assert (refused.value.message, refused.value.advice) == ("It is no number.", "Write a number.")
    assert (desk.file.broken, desk.warnings) == ("It is no number.", [])


def test_a_file_that_is_gone_takes_its_content_along_until_it_is_back(desk: Desk) -> None:
    desk.write("1")
    desk.file.renew()
    desk.path.unlink()
    assert (desk.file.renew(), desk.file.gone, desk.file.renew()) == (True, True, False)
    with pytest.raises(CredentialsError):
        desk.file.value()
    desk.write("1")
    assert (desk.file.renew(), desk.file.value(), desk.file.gone) == (True, 1, False)


def test_a_file_that_others_may_read_is_a_problem_and_told_once_for_each_mode(desk: Desk) -> None:
    desk.write("1", 0o644)
    desk.file.renew()
    desk.write("2", 0o644)
    desk.file.renew()
    told = f"{desk.path} is open to other users of this machine (mode 0644): make it 0600."
    assert (desk.warnings, desk.file.problems) == ([told], (told,))
    desk.path.chmod(0o600)
    desk.file.renew()
    assert desk.file.problems == ()
    desk.path.chmod(0o640)
    desk.file.renew()
    assert [line.rpartition("(")[2] for line in desk.warnings] == ["mode 0644): make it 0600.", "mode 0640): make it 0600."]


@pytest.mark.parametrize(
    ("mode", "is_open"), [(0o600, False), (0o400, False), (0o700, False), (0o601, True), (0o610, True), (0o604, True)]
)
def test_any_right_of_others_is_an_exposure(desk: Desk, mode: int, is_open: bool) -> None:
    desk.write("1", mode)
    assert bool(exposure(desk.path, file_stamp(desk.path))) is is_open
    assert exposure(desk.path, None) == ""
    assert file_stamp(desk.path.with_name("none")) is None
