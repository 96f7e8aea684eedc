"""Read a file that the operator names in a setting."""

from __future__ import annotations

from pathlib import Path

from akamai_mcp.errors import CredentialsError


def read_operator_file(path: Path, variable: str) -> str:
    """The text of the file that a variable names. Raises CredentialsError."""
    try:
        return path.expanduser().read_text(encoding="utf-8-sig")
    except (OSError, RuntimeError, ValueError) as error:
        raise CredentialsError(
            f"{path} cannot be read ({type(error).__name__}).", advice=f"{variable} names a text file that the server may read."
        ) from None
