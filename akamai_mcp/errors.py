"""Every failure that the project raises on purpose, as one tree.

```
AkamaiMcpError                 message + one line of advice
|- SettingsError               a setting cannot be used
|- DocumentError               an OpenAPI document cannot be read
|- UnknownOperationError       no operation has that name
|- ArgumentError               the arguments cannot become a request
|  |- BodyError                the body cannot be written as its media type
|  |- ValidationRefused        strict validation refused the arguments
|- AccessError                 the call may not be made
|  |- PolicyRefused            the operator's rules do not allow it
|  |- ConfirmationRequired     it may, once it is confirmed
|  |- QuotaExceeded            the caller has used up what a caller may
|  |- ConfirmationUnproven     whether its confirmation was used already cannot be known
|- CredentialsError            no usable credentials for the customer
|- CacheMissError              the cache alone was asked and has no answer
|- UpstreamError               nothing usable came back from Akamai
   |- UpstreamConnectError     no connection, so nothing was sent
   |- UpstreamTlsError         the certificate was not accepted, so nothing was sent
   |- UpstreamTimeout          no answer in time
   |- UpstreamProtocolError    the answer was not HTTP, or broke off
   |- UpstreamTooLargeError    the answer is larger than may be read
   |- UploadChangedError       a file changed before it was sent whole
   |- UpstreamBusyError        our own limits or an open circuit kept the call back, so nothing was sent
```

`advice` says what to do next, in one line, and never holds a secret.
"""

from __future__ import annotations

import math


class AkamaiMcpError(Exception):
    """A failure with a message that says what happened and advice that says what to do."""

    title = "The call failed"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return self.message


class SettingsError(AkamaiMcpError):
    """A setting has a value that cannot be used."""

    title = "A setting is not usable"


class DocumentError(AkamaiMcpError):
    """An OpenAPI document cannot be read; `document` names it."""

    title = "A document does not load"

    def __init__(self, message: str, *, document: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.document = document


class UnknownOperationError(AkamaiMcpError):
    """No operation has the name; `nearest` lists names that look like it."""

    title = "There is no such operation"

    def __init__(self, name: str, *, nearest: tuple[str, ...] = ()) -> None:
        hint = f"Did you mean {', '.join(nearest)}? " if nearest else ""
        super().__init__(
            f"No operation is called {name!r}.",
            advice=f"{hint}Search with akamai_list_operations (query, product, method).",
        )
        self.nearest = nearest


class ArgumentError(AkamaiMcpError):
    """The arguments cannot become a request; nothing was sent."""

    title = "The arguments do not fit the operation"


class BodyError(ArgumentError):
    """The body cannot be written as the operation's media type; nothing was sent."""

    title = "The body does not fit its media type"


class ValidationRefused(ArgumentError):
    """Strict validation refused the arguments; `mismatches` says where."""

    title = "The arguments do not match the published schema"

    def __init__(self, mismatches: tuple[str, ...]) -> None:
        super().__init__(
            "The published schema refuses these arguments: " + "; ".join(mismatches),
            advice="Correct them, or set AKAMAI_MCP_VALIDATION=advise to send them anyway.",
        )
        self.mismatches = mismatches


class AccessError(AkamaiMcpError):
    """The call may not be made; nothing was sent."""

    title = "The call is not allowed"


class PolicyRefused(AccessError):
    """The operator's rules do not allow the call, for this customer or for any; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            advice="Only the operator of this server can change that (AKAMAI_MCP_READ_ONLY, AKAMAI_MCP_ALLOW, AKAMAI_MCP_DENY, "
            "customers file, roles of the caller).",
        )


class ConfirmationRequired(AccessError):
    """The call removes, breaks or reveals something and was not confirmed; nothing was sent.

    `line` says what would be done, `token` is what confirms this very call once.
    """

    title = "The call needs a confirmation"

    def __init__(self, reason: str, *, line: str, token: str, seconds: float) -> None:
        super().__init__(
            f"{reason}{line}",
            advice=f"If the user wants that, repeat this very call with confirm: {token!r} within {seconds / 60:.0f} minutes.",
        )
        self.line = line
        self.token = token


class QuotaExceeded(AccessError):
    """The caller has used up what one caller may use; nothing was sent. `retry_after` is in seconds."""

    title = "The caller's quota is used up"

    def __init__(self, caller: str, bound: str, *, retry_after: float) -> None:
        super().__init__(
            f"Caller {caller} may make {bound}.",
            advice=f"Nothing was sent. Try again in {math.ceil(retry_after)} s; do not repeat the call before that.",
        )
        self.retry_after = retry_after


class ConfirmationUnproven(AccessError):
    """A confirmation is good once at all replicas, and what they have used cannot be asked now; nothing was sent."""

    title = "The call cannot be confirmed now"

    def __init__(self) -> None:
        super().__init__(
            "Redis, which knows what confirmations were used, cannot be reached.",
            advice="Nothing was sent. Repeat the call without confirm once Redis is back; the operator sees why in /readyz.",
        )


class ConfirmationDeclined(AccessError):
    """The user was asked and did not agree; nothing was sent."""

    title = "The user did not agree"


class CredentialsError(AkamaiMcpError):
    """There are no usable credentials; the message names file, section and key, never a value."""

    title = "The credentials are not usable"


class CacheMissError(AkamaiMcpError):
    """The cache alone was asked (`cache: only`) and has no fresh answer; nothing was sent."""

    title = "Nothing is cached for this read"

    def __init__(self) -> None:
        super().__init__("The cache has no fresh answer for this read.", advice="Leave out cache: only to ask Akamai.")


class UpstreamError(AkamaiMcpError):
    """Nothing usable came back from Akamai."""

    title = "Akamai could not be asked"


class UpstreamConnectError(UpstreamError):
    """No connection to the host could be made, so nothing was sent."""


class UpstreamTlsError(UpstreamError):
    """The host's certificate was not accepted, so nothing was sent."""


class UpstreamTimeout(UpstreamError):
    """No answer came in time; an unsafe call may or may not have taken effect."""


class UpstreamProtocolError(UpstreamError):
    """The answer was not HTTP or broke off; an unsafe call may have taken effect."""


class UpstreamTooLargeError(UpstreamError):
    """The answer is larger than may be read or saved; an unsafe call has taken effect all the same."""

    title = "The answer is too large"


class UploadChangedError(UpstreamError):
    """A file changed or went away before it was sent whole; what was sent of the request, if anything, is incomplete."""

    title = "The upload broke off"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} {reason}, so no whole request was sent.",
            advice="Repeat the call once nothing writes to the file. Akamai got no complete body to act on.",
        )


class UpstreamBusyError(UpstreamError):
    """Our own limits or an open circuit kept the call back; nothing was sent. `retry_after` is in seconds."""

    title = "The call was kept back"

    def __init__(self, message: str, *, retry_after: float, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.retry_after = retry_after
