"""Requests as openapi-core reads them: the oracle for what this project writes.

openapi-core finds the operation by method and URL, takes the parameters apart by style, casts them to their types,
decodes the body by its media type and checks everything against the schemas of the document in its file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from jsonschema_path import SchemaPath
from openapi_core.datatypes import RequestParameters
from openapi_core.deserializing.media_types.util import json_loads, plain_loads
from openapi_core.unmarshalling.request.datatypes import RequestUnmarshalResult
from openapi_core.unmarshalling.request.unmarshallers import V30RequestUnmarshaller, V31RequestUnmarshaller
from samples import whole
from werkzeug.datastructures import Headers, ImmutableMultiDict

from akamai_mcp.request.builder import Request

ORACLES = {"3.0": V30RequestUnmarshaller, "3.1": V31RequestUnmarshaller}


class DecodedParameters(RequestParameters):
    """Parameters whose path values are percent-decoded when the oracle has found them in the raw path."""

    def __setattr__(self, name: str, value: Any) -> None:
        decoded = {key: unquote(text, errors="strict") for key, text in value.items()} if name == "path" else value
        super().__setattr__(name, decoded)


class SentRequest:
    """A built request by openapi-core's protocol."""

    def __init__(self, request: Request, host_url: str) -> None:
        self.path, _, query = request.target.partition("?")
        self.host_url = host_url
        self.method = request.method.lower()
        self.body = None if request.content is None else whole(request.content)
        self.content_type = Headers(request.headers).get("Content-Type", "")
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query), errors="strict")
        self.parameters = DecodedParameters(query=ImmutableMultiDict(pairs), header=Headers(request.headers))


class AsItCame:
    """Leaves a decoded, cast and validated value alone: dates stay text, defaults are not filled in."""

    def create(self, *_: Any, **__: Any) -> AsItCame:
        return self

    def unmarshal(self, value: Any) -> Any:
        return value


@dataclass(frozen=True, slots=True)
class Oracle:
    """openapi-core over one document."""

    unmarshaller: V30RequestUnmarshaller | V31RequestUnmarshaller
    host_url: str

    def read(self, request: Request) -> RequestUnmarshalResult:
        """The request's parameters and body, or what is wrong with them."""
        return self.unmarshaller.unmarshal(SentRequest(request, self.host_url))


@cache
def oracle_of(path: Path) -> Oracle:
    """The oracle of a document's file."""
    document = json.loads(path.read_bytes())
    kind = ORACLES[document["openapi"][:3]]
    unmarshaller = kind(
        SchemaPath.from_dict(document),
        schema_unmarshallers_factory=AsItCame(),
        schema_validators_factory=kind.schema_validators_factory,
        extra_media_type_deserializers=_deserializers(document),
    )
    server = urlsplit(document["servers"][0]["url"])
    return Oracle(unmarshaller, f"{server.scheme}://{re.sub('{.*?}', 'customer', server.netloc)}")


def _deserializers(document: Mapping[str, Any]) -> dict[str, Any]:
    """How to read the media types that openapi-core has no reader for: JSON's kin as JSON, other text as text."""
    items = [operation for item in document["paths"].values() for operation in item.values() if isinstance(operation, Mapping)]
    names = {name for operation in items for name in operation.get("requestBody", {}).get("content", {})}
    kin = {name: json_loads for name in names if name.endswith("+json")}
    return kin | {name: plain_loads for name in names if name.startswith("text/")}
