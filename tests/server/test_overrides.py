"""No document and no argument chooses the account, the method or the URL of a call beside the call itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from mcp_stage import OpenStage, Stage

DANGEROUS = ["X-HTTP-Method-Override", "x-http-method", "X-Original-URL", "X-Rewrite-URL", "X-Forwarded-Host"]
SPELLINGS = ["_method", "_METHOD", "%5Fmethod", "_httpMethod", "$method", "_method[]", " _method"]


def document(header: str, query: str, content_type: str) -> dict[str, Any]:
    return {
        "openapi": "3.0.0",
        "info": {"title": "Own", "version": "1"},
        "paths": {
            "/own/v1/things": {
                "get": {
                    "operationId": "get",
                    "parameters": [
                        {"name": header, "in": "header", "schema": {"type": "string"}},
                        {"name": query, "in": "query", "schema": {"type": "string"}},
                    ],
                    "responses": {"200": {"description": ""}},
                },
                "post": {
                    "operationId": "post",
                    "requestBody": {"content": {content_type: {"schema": {"type": "object"}}}},
                    "responses": {"200": {"description": ""}},
                },
            }
        },
    }


@pytest.fixture
def specs(tmp_path: Path) -> Path:
    folder = tmp_path / "specs"
    folder.mkdir()
    return folder


def write(specs: Path, header: str = "X-Fine", query: str = "fine", content_type: str = "application/json") -> Path:
    (specs / "own.json").write_text(json.dumps(document(header, query, content_type)))
    return specs


def argument_for(stage_schema: dict[str, Any], name: str) -> str:
    folded = "".join(filter(str.isalnum, name)).lower()
    return next((key for key in stage_schema if "".join(filter(str.isalnum, key)).lower() == folded), name)


@pytest.mark.parametrize("header", DANGEROUS)
async def test_a_header_that_a_document_declares_overrides_no_method_and_no_url(
    open_stage: OpenStage, specs: Path, header: str
) -> None:
    async with open_stage(specs_dir=write(specs, header=header)) as stage:
        described = (await stage.ask("akamai_describe_operation", name="own/v1#get")).content
        key = argument_for(described["arguments"], header)
        refused = await stage.refused("akamai_read", name="own/v1#get", arguments={key: "/x"})
        assert "could choose another account, method or URL" in refused.problem


@pytest.mark.parametrize("query", ["accountSwitchKey", "_method", "x-http-method-override"])
async def test_a_parameter_that_a_document_declares_chooses_no_account_and_no_method(
    open_stage: OpenStage, specs: Path, query: str
) -> None:
    async with open_stage(specs_dir=write(specs, query=query)) as stage:
        refused = await stage.refused("akamai_raw_request", toolName="own/v1#get", queryParams={query: "1-OTHER"})
        assert refused.content["sent"] is False


@pytest.mark.parametrize("content_type", ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"])
@pytest.mark.parametrize("name", SPELLINGS)
async def test_no_body_overrides_the_method(open_stage: OpenStage, specs: Path, content_type: str, name: str) -> None:
    async with open_stage(specs_dir=write(specs, content_type=content_type)) as stage:
        refused = await stage.refused("akamai_write", name="own/v1#post", arguments={"body": {"a": "b", name: "DELETE"}})
        assert "could choose another account, method or URL" in refused.problem


@pytest.mark.parametrize("text", ['{"\\u005fmethod": "DELETE"}', '{"a": 1, "_method": {"b": [1]}}'])
async def test_a_body_given_as_text_overrides_no_method_either(stage: Stage, text: str) -> None:
    refused = await stage.refused("akamai_raw_request", method="POST", path="/own/v1/things", body=text)
    assert "could choose another account, method or URL" in refused.problem


async def test_a_member_further_inside_and_a_like_name_are_only_data(open_stage: OpenStage, specs: Path) -> None:
    async with open_stage(specs_dir=write(specs)) as stage:
        body = {"rule": {"_method": "GET"}, "payment_method": "card", "text": "_method"}
        made = await stage.ask("akamai_write", name="own/v1#post", arguments={"body": body, "dryRun": True})
        assert not made.failed
