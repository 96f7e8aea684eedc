"""Bundles of EdgeWorkers: a tar.gz with the code and a manifest."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from typing import Any, Final

MANIFEST: Final = "bundle.json"


class BundleError(Exception):
    """What was uploaded is no bundle."""


def write_bundle(version: str, description: str, code: str) -> bytes:
    """A bundle with this code; the same arguments give the same bytes."""
    manifest = json.dumps({"edgeworker-version": version, "description": description}, indent=2)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, text in (("main.js", code), (MANIFEST, manifest)):
            entry = tarfile.TarInfo(name)
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(out.getvalue(), mtime=0)


def version_of(bundle: bytes) -> str:
    """The version that the manifest of a bundle names. Raises BundleError."""
    try:
        with tarfile.open(fileobj=io.BytesIO(bundle), mode="r:gz") as archive:
            file = archive.extractfile(MANIFEST)
            manifest: Any = json.loads(file.read()) if file is not None else {}
    except (tarfile.TarError, OSError, EOFError, KeyError, ValueError) as error:
        raise BundleError(f"The body is no tar.gz with a {MANIFEST}.") from error
    version = manifest.get("edgeworker-version") if isinstance(manifest, dict) else None
    if not isinstance(version, str):
        raise BundleError(f"{MANIFEST} has no `edgeworker-version`.")
    return version
