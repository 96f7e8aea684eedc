"""Over HTTP each caller finds what its own roles may read."""

from __future__ import annotations

from pathlib import Path

from mcp_stage import Stage
from service_stage import OpenService, TokenBook

ROLES = '[dns-team]\neffects = ["read"]\nproducts = ["config-dns"]\n\n[none-of-dns]\neffects = ["read"]\ndeny = ["config-dns"]\n'


async def kinds(stage: Stage, query: str) -> set[str]:
    return {row["kind"] for row in (await stage.ask("akamai_find", query=query)).content.get("found", ())}


async def test_what_one_role_has_read_another_does_not_find(open_service: OpenService, book: TokenBook, tmp_path: Path) -> None:
    roles = tmp_path / "roles.toml"
    roles.touch(mode=0o600)
    roles.write_text(ROLES, encoding="utf-8")
    book.give(ann="admin", dan="dns-team", eve="none-of-dns")
    async with open_service(auth_tokens_file=book.path, auth_roles_file=roles) as service:
        for _ in range(3):
            async with service.enter("http", book.token("ann")) as ann:
                assert {"hostname", "zone"} <= await kinds(ann, "nordwind.test")
            async with service.enter("http", book.token("dan")) as dan:
                assert await kinds(dan, "nordwind.test") == {"zone"}
                refused = await dan.ask("akamai_find", query="x", kind="property")
                assert refused.failed
                assert "property" not in refused.advice
            async with service.enter("http", book.token("eve")) as eve:
                found = await kinds(eve, "nordwind.test")
                assert "hostname" in found
                assert "zone" not in found
                assert "record-set" not in found
