"""Resources that take texts, made without a model of their functions.

FastMCP's own decorator makes a model of each function, to convert its arguments: 7 ms at each start.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import Any, Final, TypeVar

from fastmcp import FastMCP
from fastmcp.resources.function_resource import FunctionResource
from fastmcp.resources.template import FunctionResourceTemplate
from pydantic import AnyUrl

from akamai_mcp.media_types import JSON_TYPE

Function = TypeVar("Function", bound=Callable[..., Any])

IN_BRACES: Final = re.compile(r"\{\??([^}]+)\}")


def resource(server: FastMCP[Any], uri: str, *, name: str, title: str) -> Callable[[Function], Function]:
    """Add a function that answers a URI with JSON; its docstring is the description, and what is in braces are its arguments."""

    def add(function: Function) -> Function:
        told: dict[str, Any] = {"name": name, "title": title, "mime_type": JSON_TYPE, "description": inspect.getdoc(function)}
        names = [each for braces in IN_BRACES.findall(uri) for each in braces.split(",")]
        if names:
            schema = {"type": "object", "properties": {each: {"type": "string"} for each in names}}
            server.add_template(FunctionResourceTemplate(uri_template=uri, parameters=schema, fn=function, **told))
        else:
            server.add_resource(FunctionResource(uri=AnyUrl(uri), fn=function, **told))
        return function

    return add
