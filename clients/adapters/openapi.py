"""mcpo: tools are paths of an OpenAPI service. Needs only the standard library."""

from __future__ import annotations

import ast
import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from clients.scenario import NotOffered
from clients.target import Target


class OpenApi:
    """Posts arguments to the path of a tool."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def tools(self) -> list[str]:
        """The paths of the service's document."""
        document = json.loads(await asyncio.to_thread(self._request, "/openapi.json"))
        return [path.strip("/") for path in document["paths"]]

    async def call(self, tool: str, arguments: dict[str, Any]) -> str:
        """The text of the response, of an error too."""
        return await asyncio.to_thread(self._request, f"/{tool}", json.dumps(arguments).encode())

    async def read(self, uri: str) -> str:
        """Raise NotOffered: an OpenAPI service has no resources."""
        raise NotOffered(uri)

    def _request(self, path: str, body: bytes | None = None) -> str:
        request = urllib.request.Request(self._url + path, data=body, headers={"Content-Type": "application/json"})  # noqa: S310 - loopback
        try:
            with urllib.request.urlopen(request) as response:  # noqa: S310 - as above
                text: bytes = response.read()
        except urllib.error.HTTPError as error:
            return _failure(json.loads(error.read()))
        return text.decode()


def _failure(answer: dict[str, Any]) -> str:
    """The text of a failed call, which stands in a Python literal within the JSON of the error."""
    said = str(answer["detail"]["error"])
    return str(ast.literal_eval(said.partition(": ")[2])["message"])


@asynccontextmanager
async def connect(target: Target) -> AsyncIterator[OpenApi]:
    """The service that stands before the server."""
    yield OpenApi(target.url)
