"""The caller's own credentials do not come back with an answer."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from pipeline_fakes import FakeUpstream, call, credentials, ok

from akamai_mcp.pipeline.call import Response
from akamai_mcp.pipeline.transport.redaction import Redact, redact, redactions_of

KEY = "1-PLANTED+/:1-2RBL"
PLAIN = "1-2B3C4D"
OWN = credentials(
    client_token="akab-client-token+/=", client_secret="clientSECRET+/12345=", access_token="akab-access-token+/=",
    account_switch_key=KEY,
)  # fmt: skip
ACCOUNT = credentials(account_switch_key=PLAIN)
SECRETS = (OWN.client_token, OWN.client_secret, OWN.access_token, KEY)


def hidden(text: str, status: int = 200, content_type: str = "application/json", *, own: object = OWN) -> str:
    """The body of an answer as it is let out."""
    response = ok(text.encode(), status, content_type=content_type)
    return redact(response, redactions_of(own)).content.decode()  # type: ignore[arg-type]


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize(
    "spell",
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: quote(text, safe="").replace("%3A", "%3a").replace("%2B", "%2b").replace("%2F", "%2f").replace("%3D", "%3d"),
        lambda text: quote(quote(text, safe=""), safe=""),
        lambda text: text.replace("/", "\\/"),
        lambda text: "".join(c if c.isalnum() or c == "-" else f"\\u{ord(c):04x}" for c in text),
    ],
)
@pytest.mark.parametrize("frame", ["{}", "/x?a=1&k={}&b=2", "%3Fk%3D{}%26", "({})", "key={}\n"])
def test_a_credential_is_blanked_out_in_every_spelling(secret: str, spell: object, frame: str) -> None:
    text = frame.format(spell(secret))  # type: ignore[operator]
    assert hidden(text) == frame.format("***")


def test_a_header_is_blanked_out_too() -> None:
    repeated = ok(location=f"/papi/v1/x?accountSwitchKey={quote(KEY, safe='')}&y=1", etag='"1"', link=f'<?k={KEY}>; rel="next"')
    headers = dict(redact(repeated, redactions_of(OWN)).headers)
    assert headers == {"location": "/papi/v1/x?accountSwitchKey=***&y=1", "etag": '"1"', "link": '<?k=***>; rel="next"'}


def test_an_authorization_that_is_echoed_is_blanked_out_to_its_end() -> None:
    signed = "EG1-HMAC-SHA256 client_token=a;access_token=b;timestamp=20260101T00:00:00+0000;nonce=n;signature=c2ln"
    assert json.loads(hidden(json.dumps({"sent": {"Authorization": signed}, "more": 1}))) == {
        "sent": {"Authorization": "EG1-HMAC-SHA256***"},
        "more": 1,
    }
    assert hidden('"Sign with EG1-HMAC-SHA256 please."') == '"Sign with EG1-HMAC-SHA256 please."'


@pytest.mark.parametrize(
    "text",
    [
        f'{{"self": "/x?accountSwitchKey={PLAIN}"}}',
        f'{{"self": "%2Fx%3FaccountSwitchKey%3D{PLAIN}"}}',
        f'{{"accountSwitchKey": "{PLAIN}"}}',
        f'{{"self": "/x?accountSwitchKey\\u003d{PLAIN}"}}',
    ],
)
def test_a_key_that_is_an_account_is_blanked_out_where_it_is_named_as_key(text: str) -> None:
    assert hidden(text, own=ACCOUNT) == text.replace(PLAIN, "***")


def test_a_key_that_is_an_account_stays_where_it_is_data_that_may_be_written_back() -> None:
    text = f'{{"accountId": "{PLAIN}", "contract": "{PLAIN}X", "group": "act_{PLAIN}"}}'
    assert hidden(text, own=ACCOUNT) == text


def test_a_key_that_is_an_account_is_blanked_out_of_problems_and_headers() -> None:
    assert hidden(f'{{"detail": "no access to {PLAIN}"}}', 403, own=ACCOUNT) == '{"detail": "no access to ***"}'
    assert redact(ok(location=f"/a/{PLAIN}"), redactions_of(ACCOUNT)).header("location") == "/a/***"


def test_a_key_with_its_contract_type_is_blanked_out_of_data_too() -> None:
    text = json.dumps({"keys": [KEY, f"x{KEY}", f"{KEY}9"]})
    assert json.loads(hidden(text))["keys"] == ["***", f"x{KEY}", f"{KEY}9"]


def test_another_accounts_key_is_data() -> None:
    text = '{"accountSwitchKey": "1-OTHER:1-2RBL", "self": "/x?accountSwitchKey=1-OTHER%3A1-2RBL"}'
    assert hidden(text) == text


def test_a_value_too_short_to_be_a_secret_is_looked_for_only_where_it_is_named() -> None:
    short = credentials(client_token="a", access_token="b", account_switch_key="1-A")
    assert hidden("a b s 1-A accountSwitchKey=1-A", own=short) == "a b s 1-A accountSwitchKey=***"


@pytest.mark.parametrize("key", ["::::::::", "+/+/+/+/", "_" * 8])
def test_a_value_without_a_letter_or_digit_is_blanked_out_too(key: str) -> None:
    own = credentials(account_switch_key=key)
    assert hidden(f"[{key}] accountSwitchKey={quote(key, safe='')}", status=400, own=own) == "[***] accountSwitchKey=***"


def test_binary_content_is_left_as_it_is_and_its_headers_are_not() -> None:
    repeated = ok(KEY.encode(), content_type="application/octet-stream", location=f"/x?k={KEY}")
    redacted = redact(repeated, redactions_of(OWN))
    assert (redacted.content, redacted.header("location")) == (KEY.encode(), "/x?k=***")


async def test_the_layer_hides_what_the_call_was_made_with() -> None:
    repeated = Response(status=200, headers=(("location", f"/?accountSwitchKey={KEY}"),), content=KEY.encode())
    response = await Redact(FakeUpstream(repeated))(call(credentials=OWN))
    assert (response.header("location"), response.content) == ("/?accountSwitchKey=***", b"***")


async def test_an_answer_without_echoes_is_the_same() -> None:
    plain = ok(b'{"a": "b"}', etag='"1"')
    assert await Redact(FakeUpstream(plain))(call(credentials=OWN)) == plain
