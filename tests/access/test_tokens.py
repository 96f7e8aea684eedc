from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from akamai_mcp.access.tokens import Holder, TokenFile, new_token, parse_holders
from akamai_mcp.errors import CredentialsError

DIGEST = sha256(b"a token").hexdigest()


def test_lines_name_holders_with_roles_and_comments_are_passed_over() -> None:
    holders = parse_holders(f"# who may\n\n ops:{DIGEST}:admin \nann:{DIGEST}:reader,dns-team\n", "it")
    assert [(holder.name, holder.roles) for holder in holders] == [("ops", ("admin",)), ("ann", ("reader", "dns-team"))]


@pytest.mark.parametrize(
    "line",
    ["ops", "ops:a token:admin", f"ops:{DIGEST}", f"ops:{DIGEST}:", f"ops:{DIGEST.upper()}:admin", f":{DIGEST}:admin", f"o s:{DIGEST}:x",
     f"ops:{DIGEST}:a,,b", f"ops:{DIGEST}:a:b", f"ops:{DIGEST}:a:", f"ops:{DIGEST}:a:2027-1-1", f"ops:{DIGEST}:a:2027-02-30"],
)  # fmt: skip
def test_a_line_of_another_form_is_refused_by_its_number_and_never_quoted(line: str) -> None:
    with pytest.raises(CredentialsError, match="Line 2") as refused:
        parse_holders(f"\n{line}", "it")
    assert "a token" not in refused.value.message


def test_a_name_that_stands_twice_is_refused() -> None:
    with pytest.raises(CredentialsError, match="ops twice") as refused:
        parse_holders(f"ops:{DIGEST}:admin\nops:{DIGEST}:reader", "it")
    assert "its own name" in refused.value.advice


def test_a_holder_is_found_by_the_token_and_by_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"ops:{DIGEST}:admin\n", encoding="utf-8")
    file = TokenFile(path)
    assert file.find("a token") is not None
    assert [file.find(other) for other in ("", "a token ", "A token", DIGEST, "\ud800")] == [None] * 5


def test_a_holder_is_found_by_its_name_as_long_as_its_token_is_valid(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"ops:{DIGEST}:admin\nann:{DIGEST}:reader:2027-03-31\n", encoding="utf-8")
    for day, names in ((31, ["ops", "ann"]), (30, ["ops", "ann"]), (32, ["ops"])):
        now = datetime(2027, 3, 1, tzinfo=UTC) + timedelta(days=day - 1)
        file = TokenFile(path, now.timestamp)
        found = [holder.name for name in ("ops", "ann", "bob", "op", "") if (holder := file.named(name))]
        assert found == names


def test_a_broken_new_version_leaves_the_former_in_force_and_a_file_that_is_gone_takes_all_tokens_along(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"ops:{DIGEST}:admin\n", encoding="utf-8")
    file = TokenFile(path)
    assert file.find("a token")
    path.write_text("half a li", encoding="utf-8")
    assert file.find("a token")
    path.unlink()
    assert file.find("a token") is None


def test_new_tokens_differ_and_hold_256_random_bits() -> None:
    asked: list[int] = []
    token, holder = new_token("ops", ("admin",), lambda count: asked.append(count) or "r" * 43)
    assert (asked, token) == ([32], f"amcp_{'r' * 43}")
    assert holder.digest == sha256(token.encode()).hexdigest()
    assert new_token("ops", ("admin",))[0] != new_token("ops", ("admin",))[0]


def test_a_token_is_valid_to_the_end_of_its_last_day_in_utc(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    path.write_text(f"ops:{DIGEST}:admin:2027-03-31\n", encoding="utf-8")
    now = datetime(2027, 3, 31, 23, 59, 59, tzinfo=UTC).timestamp()
    found = TokenFile(path, lambda: now).find("a token")
    assert found is not None
    assert found.last_day == date(2027, 3, 31)
    assert TokenFile(path, lambda: now + 1).find("a token") is None


@pytest.mark.parametrize("last_day", [None, date(2028, 2, 29), date.min, date.max])
@pytest.mark.parametrize("name", ["ops", "o", "x" * 64, "A.b_c-9", "-", "..."])
def test_a_new_tokens_line_is_read_back_as_it_was_written(name: str, last_day: date | None) -> None:
    token, holder = new_token(name, ("admin", name), last_day=last_day)
    digest = sha256(token.encode()).hexdigest()
    assert holder == Holder(name=name, digest=digest, roles=("admin", name), last_day=last_day)
    assert parse_holders(holder.line(), "it") == (holder,)


@pytest.mark.parametrize("wrong", ["", "a b", "a:b", "a,b", "#a", "a\n", "ü", "x" * 65])
def test_a_name_or_a_role_that_no_line_can_hold_is_refused(wrong: str) -> None:
    for name, roles in ((wrong, ("admin",)), ("ops", (wrong,)), ("ops", ("admin", wrong))):
        with pytest.raises(CredentialsError) as refused:
            new_token(name, roles)
        assert refused.value.message == f"{wrong[:64]!r} cannot be the name of a token or a role."
        assert refused.value.advice == "Use 1 to 64 letters, digits, dots, dashes or underscores, such as deploy-robot."


def test_a_tokens_file_is_checked_before_it_is_needed(tmp_path: Path) -> None:
    path = tmp_path / "tokens"
    with pytest.raises(CredentialsError, match="cannot be read") as refused:
        TokenFile(path).check()
    assert refused.value.advice == "Set AKAMAI_MCP_AUTH_TOKENS_FILE to a text file that the server may read."
    path.write_text("half a li", encoding="utf-8")
    with pytest.raises(CredentialsError, match="Line 1"):
        TokenFile(path).check()
    path.write_text(f"ops:{DIGEST}:admin\n", encoding="utf-8")
    TokenFile(path).check()
