"""Archives with members in place of samples that are none."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from dataclasses import replace
from functools import cache
from typing import Final

from akamai_mcp.media_types import base_type
from akamai_mcp.sandbox.examples.samples import SAMPLES
from akamai_mcp.sandbox.exchange import Answer

MEMBERS: Final = (("readme.txt", b"An archive of the sandbox.\n"), ("data/rows.csv", b"name,hits\nwww.nordwind.test,1200\n"))


def archived(answer: Answer) -> Answer:
    """The answer, with a real archive if it has the sample of one."""
    kind = base_type(answer.media_type)
    makers = {"application/gzip": _tar, "application/zip": _zip}
    # What a caller has uploaded or a fault has set comes back as it is.
    if kind not in makers or answer.body != SAMPLES[kind]:
        return answer
    return replace(answer, body=makers[kind]())


@cache
def _tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, content in MEMBERS:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    # Without the time, so that two reads of the same archive are equal.
    return gzip.compress(out.getvalue(), mtime=0)


@cache
def _zip() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in MEMBERS:
            archive.writestr(zipfile.ZipInfo(name), content)
    return out.getvalue()
