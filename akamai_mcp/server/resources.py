"""Resources for clients that browse: products, operations and stored results, with completion of their arguments."""

from __future__ import annotations

import base64
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson
from fastmcp import FastMCP
from fastmcp.exceptions import ValidationError
from fastmcp.resources import ResourceContent, ResourceResult
from mcp_types import Completion, CompletionArgument, CompletionContext, PromptReference, ResourceTemplateReference

from akamai_mcp.access.visibility import Visibility
from akamai_mcp.calls.describe import describe_operation
from akamai_mcp.calls.invoker import Invoker
from akamai_mcp.calls.text_lines import slice_text, split_lines
from akamai_mcp.catalogue.catalogue import Catalogue, Product
from akamai_mcp.errors import AkamaiMcpError, ArgumentError
from akamai_mcp.media_types import JSON_TYPE
from akamai_mcp.openapi.schema import Json
from akamai_mcp.pipeline.off_loop import LARGER
from akamai_mcp.result.decoding import is_binary
from akamai_mcp.result.files.address import NAMES, Address
from akamai_mcp.result.files.parts import find_part
from akamai_mcp.result.selection import select_part
from akamai_mcp.result.store import HANDLE_PREFIX, StoredResult
from akamai_mcp.server.fixed.tool import Argument, check_arguments, read_arguments
from akamai_mcp.server.owned.resources import Owned
from akamai_mcp.server.text_resources import resource

CompletePrompt = Callable[[str, str, str], list[str]]

PRODUCTS: Final = "akamai://products"
PRODUCT: Final = "akamai://products/{product}"
OPERATION: Final = "akamai://operations/{name}"
PARTS: Final = ("select", "offset", "limit", "member", "search")
RESULT: Final = f"akamai://results/{{id}}{{?{','.join(PARTS)}}}"
MAX_COMPLETIONS: Final = 100
BY_NAME: Final = tuple(template.partition("{")[0] for template in (PRODUCT, OPERATION))
BOUNDS: Final = tuple(Argument(name=name, kind="integer") for name in ("offset", "limit"))


def add_resources(
    server: FastMCP[Any], invoker: Invoker, visibility: Visibility, complete_prompt: CompletePrompt, owned: Owned | None = None
) -> None:
    """Add the resources to a server, and the completion of their arguments and those of prompts."""

    @resource(server, PRODUCTS, name="products", title="Akamai products")
    def products() -> str:
        """Every product: name, aliases, purpose, number of operations."""
        return _json([_summary(product) for product in merge_documents(visibility.catalogue().products())])

    @resource(server, PRODUCT, name="product", title="An Akamai product")
    def product(product: str) -> str:
        """One product: purpose, what comes before and after, operations."""
        return _json(describe_product(visibility.catalogue(), product))

    @resource(server, OPERATION, name="operation", title="An Akamai operation")
    def operation(name: str) -> str:
        """One operation: arguments, body, example call, response."""
        try:
            return _json(describe_operation(visibility.catalogue(), visibility.get(name)))
        except AkamaiMcpError as error:
            raise refusal(f"{error.message} {error.advice}") from error

    @resource(server, RESULT, name="result", title="A stored result")
    async def result(
        id: str,  # noqa: A002 - the URI's name
        select: str = "",
        offset: str = "",
        limit: str = "",
        member: str = "",
        search: str = "",
    ) -> ResourceResult:
        """A result stored for a while: all of it, a JMESPath of it, a slice of its list or lines, or a member of its archive."""
        try:
            bounds = read_bounds(offset=offset, limit=limit)
            stored = await invoker.stored.find(id)
            address = Address(handle=id, member=member, search=search)
            work = partial(read_result, stored, address, select=select, **bounds)
            size = LARGER if select or member or search else len(stored.content)
            return ResourceResult([await invoker.stored.off_loop.run(work, size=size)])
        except AkamaiMcpError as error:
            raise refusal(f"{error.message} {error.advice}") from error

    if owned:
        owned.add(server)

    completer = Completer(visibility, complete_prompt, owned)
    server.completion(completer.complete)


class Completer:
    """Completes the arguments of prompts and resources."""

    def __init__(self, visibility: Visibility, complete_prompt: CompletePrompt, owned: Owned | None) -> None:
        self._visibility = visibility
        self._complete_prompt = complete_prompt
        self._owned = owned

    async def complete(
        self,
        reference: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """Names and values that begin with the typed text, then those that contain it."""
        if isinstance(reference, PromptReference):
            values = self._complete_prompt(reference.name, argument.name, argument.value)
            return to_completion(values or matching(argument.value, await self._names(argument.name, context)))
        known = list(_names(self._visibility.catalogue(), reference.uri, argument.name))
        if self._owned and not known:
            known = await self._owned.values(reference.uri, argument.name)
        return to_completion(matching(argument.value, known))

    async def _names(self, argument: str, context: CompletionContext | None) -> list[str]:
        """The names of what the account owns that an argument may mean."""
        given = (context.arguments if context else None) or {}
        return await self._owned.names(argument, given.get("customer")) if self._owned else []


def _names(catalogue: Catalogue, uri: str, argument: str) -> Iterable[str]:
    """The values that the argument of a resource may have."""
    match uri, argument:
        case (address, "product") if address == PRODUCT:
            return [product.product for product in catalogue.products()]
        case (address, "name") if address == OPERATION:
            return catalogue.names()
    return ()


def written_uri(uri: str) -> str:
    """The URI as its template reads it: a key, `papi/v1#get-contracts`, is percent-encoded, since it has delimiters of URIs.

    Raises ValidationError for a parameter that a stored result does not have.
    """
    if prefix := next((prefix for prefix in BY_NAME if uri.startswith(prefix)), None):
        return prefix + quote(unquote(uri.removeprefix(prefix)), safe="", errors="replace")
    address, _, query = uri.partition("?")
    given = [pair.partition("=")[0] for pair in query.split("&") if pair] if address.startswith(HANDLE_PREFIX) else []
    if unknown := next((name for name in given if name not in {*PARTS, *NAMES}), None):
        raise refusal(f"A stored result has no part {unknown[:80]!r}. It takes {', '.join(PARTS)}.")
    return uri


def refusal(message: str) -> ValidationError:
    """Create an error for the client; it is not the server's fault, so it is logged at DEBUG."""
    return ValidationError(message, log_level=logging.DEBUG)


def read_bounds(**given: str) -> dict[str, int]:
    """The first place of a part and its length, 0 where they are not given. Raises ArgumentError."""
    bounds = read_arguments(BOUNDS, given)
    check_arguments(BOUNDS, bounds)
    if any(value < 0 for value in bounds.values()):
        raise ArgumentError("offset or limit is negative.", advice="Set both to 0 or more.")
    return {bound.name: 0 for bound in BOUNDS} | bounds


def read_result(stored: StoredResult, address: Address, *, select: str, offset: int, limit: int) -> ResourceContent:
    """Read a stored result or a part of it: text as text, binary content as bytes. Raises ArgumentError."""
    value = find_part(stored.value(), address)
    if is_binary(value):
        return ResourceContent(base64.b64decode(value["base64"]), mime_type=value["contentType"])
    if isinstance(value, str) and not select:
        return ResourceContent(slice_text(value, offset, limit), mime_type="text/plain")
    if select:
        value = select_part(select, split_lines(value) if isinstance(value, str) else value)
    if isinstance(value, list) and (offset or limit):
        value = value[offset : offset + limit if limit else None]
    return ResourceContent(_json(value), mime_type=JSON_TYPE)


def matching(typed: str, names: Iterable[str]) -> list[str]:
    """The names that begin with the text, then those that contain it."""
    text = typed.lower()
    matches = [name for name in dict.fromkeys(names) if text in name.lower()]
    return sorted(matches, key=lambda name: not name.lower().startswith(text))


def to_completion(values: list[str]) -> Completion:
    """The first 100 values, which is the most that MCP allows, and how many there are."""
    return Completion(values=values[:MAX_COMPLETIONS], total=len(values), has_more=len(values) > MAX_COMPLETIONS)


def describe_product(catalogue: Catalogue, name: str) -> Json:
    """Describe a product with its guide and operations. Raises ValidationError, which lists the known products."""
    found = [
        product
        for product in merge_documents(catalogue.products())
        if name in (product.product, f"{product.product}/{product.version}")
    ]
    if not found:
        known = ", ".join(sorted({product.product for product in catalogue.products()}))
        raise refusal(f"There is no product {name[:80]!r}. Known: {known}.")
    guide = {key: found[-1].guide[key] for key in ("before", "after") if key in found[-1].guide}
    lines = [f"{entry.name} ({entry.effect.worst}): {entry.summary}" for entry in catalogue.of_product(name)]
    source = catalogue.text_source(found[-1].document)
    return {**_summary(found[-1]), **source, "versions": [p.version for p in found], **guide, "operations": lines}


def merge_documents(products: Iterable[Product]) -> list[Product]:
    """Merge documents: each product and version once, with the operations of all its documents."""
    merged: dict[tuple[str, str], Product] = {}
    for product in products:
        known = merged.get((product.product, product.version))
        total = product.operations + (known.operations if known else 0)
        merged[product.product, product.version] = replace(known or product, operations=total)
    return list(merged.values())


def _summary(product: Product) -> Json:
    guide = product.guide
    return {
        "product": product.product,
        "version": product.version,
        "name": product.title,
        "aliases": list(guide.get("aliases", ())),
        "about": guide.get("about", ""),
        "operations": product.operations,
    }


def _json(value: Any) -> str:
    return orjson.dumps(value).decode()
