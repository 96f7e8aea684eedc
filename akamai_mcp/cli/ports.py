"""Whether this process may listen on an address, found out before anything is announced."""

from __future__ import annotations

import errno
import socket
import sys
from typing import Final

from akamai_mcp.errors import SettingsError

REASONS: Final = {
    errno.EADDRINUSE: ("is taken: another program listens on it", "Stop that program, or choose another port"),
    errno.EACCES: ("may not be used by this user", "Choose a port above 1023"),
    errno.EADDRNOTAVAIL: ("is not an address of this machine", "Choose another address"),
}


def require_free(host: str, port: int, setting: str) -> None:
    """Check that an address can be listened on; port 0 lets the system choose. Raises SettingsError, which names the setting."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, kind, protocol, _, address in found:
            with socket.socket(family, kind, protocol) as trial:
                if sys.platform != "win32":  # where the option would take a port from its owner
                    trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                trial.bind(address)
    except socket.gaierror:
        raise SettingsError(f"{host} is not the name of an address.", advice="Choose another address: AKAMAI_MCP_BIND.") from None
    except OSError as error:
        why, advice = REASONS.get(error.errno or 0, (f"cannot be listened on ({error.strerror})", "Choose another port"))
        raise SettingsError(f"{host}:{port} {why}.", advice=f"{advice}: {setting}.") from error
