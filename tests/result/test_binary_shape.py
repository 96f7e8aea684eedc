"""Binary content is described and linked; its bytes are embedded, saved or left where they can be read."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import pytest

from akamai_mcp.result.answer import Answer, Attachment
from akamai_mcp.result.files.binary import DOWNLOADS, EMBEDDED, MEMBERS, UNKEPT, shape_binary

BYTES = b"\x89PNG"
TEXT = base64.b64encode(BYTES).decode()  # of 8 characters
WHOLE = {"base64": TEXT, "contentType": "image/png", "bytes": 4}
HANDLE = "akamai://results/1"
PATH = Path("/downloads/a.png")
LARGER = ", both with a larger maxBytes"


def linked(handle: str = HANDLE, larger: str = "", saving: str = "", members: str = "", mark: str = "?") -> str:
    return (
        f"{members}For the bytes, read the resource in whole, or call akamai_read with name = {handle}{mark}embed=true for an "
        f"embedded resource or with name = whole and select = base64 for text{larger}.{saving}"
    )


class Desk:
    """Keeps and saves binary content, or does not, and remembers what it was asked to."""

    def __init__(self, handle: str | None = HANDLE, path: Path | None = None) -> None:
        self.kept: list[Any] = []
        self.saved: list[Any] = []
        self._handle = handle
        self._path = path

    def keep(self, value: Any) -> str | None:
        self.kept.append(value)
        return self._handle

    def save(self, disposition: str | None, content: bytes) -> Path | None:
        self.saved.append((disposition, content))
        return self._path

    def shape(self, *, most: int = 8, embed: bool = False, whole: Any = WHOLE) -> Answer:
        answer = Answer(content={"status": 200, "headers": {"content-disposition": "d"}, "body": whole})
        return shape_binary(answer, "body", max_bytes=most, embed=embed, keep=self.keep, save=self.save)


@pytest.mark.parametrize(
    ("handle", "path", "most", "embed", "told", "advice", "embedded"),
    [
        (HANDLE, None, 8, False, {"whole": HANDLE}, linked(), ""),
        (HANDLE, None, 8, True, {"whole": HANDLE}, EMBEDDED, TEXT),
        (None, None, 8, False, {}, EMBEDDED, TEXT),
        (HANDLE, None, 7, False, {"whole": HANDLE}, linked(larger=LARGER, saving=f" {DOWNLOADS}"), ""),
        (HANDLE, None, 7, True, {"whole": HANDLE}, linked(larger=LARGER, saving=f" {DOWNLOADS}"), ""),
        (HANDLE, PATH, 7, False, {"whole": HANDLE, "savedTo": str(PATH)}, linked(larger=LARGER), ""),
        (None, PATH, 7, False, {"savedTo": str(PATH)}, "The file is at the path in savedTo.", None),
        (None, None, 7, True, {}, DOWNLOADS, None),
        (f"{HANDLE}?member=a", None, 8, False, {"whole": f"{HANDLE}?member=a"}, linked(f"{HANDLE}?member=a", mark="&"), ""),
    ],
)
def test_binary_content_is_where_it_fits_and_the_advice_says_where(
    handle: str | None, path: Path | None, most: int, embed: bool, told: dict[str, Any], advice: str, embedded: str | None
) -> None:
    desk = Desk(handle, path)
    shaped = desk.shape(most=most, embed=embed)
    assert shaped.content["body"] == {"contentType": "image/png", "bytes": 4, **told, "advice": advice}
    attachment = None if embedded is None else Attachment(uri=handle or UNKEPT, media_type="image/png", size=4, base64=embedded)
    assert shaped.attachment == attachment
    assert (desk.kept, desk.saved) == ([WHOLE], [] if most == 8 else [("d", BYTES)])


def test_an_archive_is_listed_and_its_members_can_be_asked_for() -> None:
    packed = base64.b64decode(
        "UEsDBBQAAAAAAAAAIQCFEUoNAQAAAAEAAAABAAAAYWFQSwECFAAUAAAAAAAAACEAhRFKDQEAAAABAAAAAQAAAAAAAAAAAAAAgAEAAAAAYVBLBQYAAAAAAQABAC8AAAAgAAAAAAA="
    )
    whole = {"base64": base64.b64encode(packed).decode(), "contentType": "application/zip", "bytes": len(packed)}
    shaped = Desk().shape(most=10_000, whole={**whole, "archive": "old"})
    assert shaped.content["body"]["archive"]["format"] == "zip"
    assert shaped.content["body"]["advice"] == linked(members=f"{MEMBERS} ")
