"""The exceptions that the project raises on purpose, as one tree.

```
AkamaiMcpError                 message + one line of advice
|- SettingsError               a setting is invalid
|- DocumentError               an OpenAPI document cannot be read
|- UnknownOperationError       no operation has that name
|- ArgumentError               the arguments do not make a valid request
|  |- BodyError                the body cannot be encoded as its media type
|  |- ValidationRefused        strict validation rejected the arguments
|- AccessError                 the call is not allowed
|  |- PolicyRefused            the operator's rules do not allow the call
|  |- ConfirmationRequired     the call needs a confirmation first
|  |- QuotaExceeded            the caller's quota is used up
|  |- ConfirmationUnproven     Redis cannot tell whether the confirmation was used before
|  |- QuestionRequired         the client's dialog has to ask the user
|  |- ConfirmationDeclined     the user declined the call
|  |- ConfirmationUnanswered   the user was asked and did not answer
|  |- ConfirmationUnavailable  the operator wants a dialog and the client has none
|  |- ConfirmationMissing      the person at the terminal did not agree
|  |- ChangeNotPlanned         the change of a program is not the one that was planned
|  |- ChangedSince             the resource is not as the change was made for
|- RunError                    a run cannot be begun, gone on with or written down
|  |- RunHeldError             another call, process or replica drives the run
|  |- ReversalError            what a run changed cannot be taken back
|- CredentialsError            the customer has no usable credentials
|- CacheMissError              `cache: only` was set and nothing is cached
|- UpstreamError               Akamai sent no usable response
   |- UpstreamConnectError     no connection, so nothing was sent
   |- UpstreamTlsError         the certificate was rejected, so nothing was sent
   |- UpstreamTimeout          no response in time
   |- UpstreamProtocolError    the response was not HTTP, or broke off
   |- UpstreamTooLargeError    the response exceeds the size limit
   |- UploadChangedError       a file changed while it was being sent
   |- UpstreamBusyError        a local limit or an open circuit stopped the call, so nothing was sent
```

`advice` says what to do next, in one line, and never contains a secret.
"""

from __future__ import annotations

import math
from typing import Literal

# What an attempt that ended so did: surely nothing, surely what was asked, or one of them.
Effect = Literal["none", "unknown", "taken"]


class AkamaiMcpError(Exception):
    """A failure with a message that says what happened and advice that says what to do."""

    title = "The call failed"
    # A class says it of itself or of all below it: one that forgets to must not count as harmless.
    effect: Effect = "unknown"

    def __init__(self, message: str, *, advice: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice

    def __str__(self) -> str:
        return self.message


class SettingsError(AkamaiMcpError):
    """A setting has an invalid value."""

    title = "Invalid setting"
    effect: Effect = "none"


class DocumentError(AkamaiMcpError):
    """An OpenAPI document cannot be read; `document` names it."""

    title = "The document cannot be read"
    effect: Effect = "none"

    def __init__(self, message: str, *, document: str, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.document = document


class UnknownOperationError(AkamaiMcpError):
    """No operation has this name; `nearest` lists what it may mean, `effect` is that of the first."""

    title = "Unknown operation"
    effect: Effect = "none"

    def __init__(self, name: str, *, nearest: tuple[str, ...] = (), effect: str = "") -> None:
        hint = f"Did you mean {', '.join(nearest)}? " if nearest else ""
        if effect:
            hint += f'Call akamai_{effect} with {{"name": "{nearest[0]}", "arguments": ...}}. '
        super().__init__(
            f"No operation is named {name!r}.",
            advice=f"{hint}Search with akamai_list_operations (query, product, method).",
        )
        self.nearest = nearest


class ArgumentError(AkamaiMcpError):
    """The arguments do not make a valid request; nothing was sent."""

    title = "The arguments do not fit the operation"
    effect: Effect = "none"


class BodyError(ArgumentError):
    """The body cannot be encoded as the operation's media type; nothing was sent."""

    title = "The body does not fit its media type"


class ValidationRefused(ArgumentError):
    """Strict validation rejected the arguments; `mismatches` lists where; nothing was sent."""

    title = "The arguments do not match the published schema"

    def __init__(self, mismatches: tuple[str, ...]) -> None:
        super().__init__(
            "The published schema rejects these arguments: " + "; ".join(mismatches),
            advice="Correct the arguments. To send them anyway, the operator can set AKAMAI_MCP_VALIDATION=advise.",
        )
        self.mismatches = mismatches


class AccessError(AkamaiMcpError):
    """The call is not allowed; nothing was sent."""

    title = "The call is not allowed"
    effect: Effect = "none"


class PolicyRefused(AccessError):
    """The rules of the server, the customer or the caller's roles do not allow the call; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message,
            advice="Only the operator of this server can change this: AKAMAI_MCP_READ_ONLY, AKAMAI_MCP_ALLOW, AKAMAI_MCP_DENY, "
            "the customers file, the caller's roles.",
        )


class ConfirmationRequired(AccessError):
    """The call destroys something or returns a credential, and was not confirmed; nothing was sent.

    `line` describes the call, `token` confirms exactly this call once, within `seconds`.
    """

    title = "The call needs a confirmation"

    def __init__(self, reason: str, *, line: str, token: str, seconds: float) -> None:
        super().__init__(
            f"{reason}{line}",
            advice=f"If the user agrees, repeat this exact call with confirm: {token!r} within {seconds / 60:.0f} minutes.",
        )
        self.line = line
        self.token = token


class QuotaExceeded(AccessError):
    """The caller's quota is used up; nothing was sent. `retry_after` is in seconds."""

    title = "The caller's quota is used up"

    def __init__(self, caller: str, bound: str, *, retry_after: float) -> None:
        super().__init__(
            f"Caller {caller} may make at most {bound}.",
            advice=f"Nothing was sent. Wait {math.ceil(retry_after)} s before you repeat the call.",
        )
        self.retry_after = retry_after


class ConfirmationUnproven(AccessError):
    """Replicas record used confirmations in Redis, and Redis cannot be reached; nothing was sent."""

    title = "The confirmation cannot be checked"

    def __init__(self) -> None:
        super().__init__(
            "Redis, which records used confirmations, cannot be reached.",
            advice="Nothing was sent. Repeat the call without confirm once Redis is back; /readyz shows the operator its state.",
        )


class QuestionRequired(AccessError):
    """The call needs the user's answer in the client's dialog; nothing was sent.

    `line` describes the call, `state` is the server's own token for the question and is never shown.
    """

    title = "The call needs the user's agreement"

    def __init__(self, *, line: str, state: str) -> None:
        super().__init__(line, advice="Make the call through a tool, so that the client can ask its user.")
        self.line = line
        self.state = state


class ConfirmationDeclined(AccessError):
    """The user was asked and declined the call, now or `minutes` ago at most; nothing was sent."""

    title = "The user declined the call"

    def __init__(self, *, minutes: float = 5) -> None:
        super().__init__(
            "The user was asked and declined this call.",
            advice=f"Do not repeat it: it stays declined for {minutes:.0f} minutes. Ask the user what they want instead. "
            "If the client declined without asking anybody, its operator can set AKAMAI_MCP_CONFIRM_BY=token.",
        )


class ConfirmationUnanswered(AccessError):
    """The user was asked and nobody answered, or the client could not show the question; nothing was sent."""

    title = "Nobody answered the question"

    def __init__(self, *, shown: bool) -> None:
        reason = "The dialog was closed without an answer" if shown else "The client has a dialog but did not show the question"
        super().__init__(
            f"{reason}, so nobody has decided on this call.",
            advice="Ask the user, and repeat the call if they want it. If this client never shows its dialog, the operator can "
            "set AKAMAI_MCP_CONFIRM_BY=token.",
        )


class ConfirmationUnavailable(AccessError):
    """The operator wants a dialog, and the client has none; nothing was sent."""

    title = "The call needs a dialog"

    def __init__(self, line: str) -> None:
        super().__init__(
            f"This client cannot ask its user. {line}",
            advice="Use a client with MCP elicitation, or the operator sets AKAMAI_MCP_CONFIRM_BY=auto.",
        )


class ConfirmationMissing(AccessError):
    """The person at the terminal did not agree, or there is no terminal; nothing was sent."""

    title = "The call was not confirmed"

    def __init__(self, line: str) -> None:
        super().__init__(line, advice="Add --yes to carry it out.")


class ChangeNotPlanned(AccessError):
    """A program was about to make a change that its plan does not have, or for another account; nothing was sent."""

    title = "The change is not the planned one"

    def __init__(self, line: str) -> None:
        super().__init__(f"The plan does not have this change: {line}", advice="Run the program again: it is planned anew.")


class ChangedSince(AccessError):
    """A change holds for a resource in one state alone, and the resource is in another; nothing was sent."""

    title = "The resource was changed since"

    def __init__(self) -> None:
        super().__init__(
            "The resource is not as it was left, or cannot be read now: a change over it would take away somebody else's.",
            advice="Read the resource and decide anew.",
        )


class RunError(AkamaiMcpError):
    """A run cannot be begun, gone on with or written down; nothing was sent."""

    title = "The run cannot go on"
    effect: Effect = "none"


class RunHeldError(RunError):
    """Another call, process or replica drives the run, or it was stopped; nothing was sent."""

    title = "The run is not this call's"


class ReversalError(RunError):
    """What a run changed cannot be taken back now, or not by this caller; nothing was sent."""

    title = "The run cannot be taken back"


class CredentialsError(AkamaiMcpError):
    """The credentials cannot be used; the message names file, section and key, never a value."""

    title = "The credentials cannot be used"
    effect: Effect = "none"


class CacheMissError(AkamaiMcpError):
    """The call set `cache: only` and no fresh response is cached; nothing was sent."""

    title = "Nothing is cached for this read"
    effect: Effect = "none"

    def __init__(self) -> None:
        super().__init__("The cache has no fresh response for this read.", advice="Omit cache: only to ask Akamai.")


class UpstreamError(AkamaiMcpError):
    """Akamai sent no usable response."""

    title = "No usable response from Akamai"


class UpstreamConnectError(UpstreamError):
    """The connection to the host failed, so nothing was sent."""

    effect: Effect = "none"


class UpstreamTlsError(UpstreamError):
    """The host's certificate was rejected, so nothing was sent."""

    effect: Effect = "none"


class UpstreamTimeout(UpstreamError):
    """No response came in time; an unsafe call may or may not have taken effect."""

    effect: Effect = "unknown"


class UpstreamProtocolError(UpstreamError):
    """The response was not HTTP or broke off; an unsafe call may have taken effect."""

    effect: Effect = "unknown"


class UpstreamTooLargeError(UpstreamError):
    """The response exceeds the size limit for reading or saving; `effect` is that of its status, set by the raiser."""

    title = "The response is too large"
    effect: Effect = "unknown"


class UploadChangedError(UpstreamError):
    """A file changed or disappeared while it was being sent; Akamai received an incomplete request, or none."""

    title = "The upload broke off"
    effect: Effect = "none"

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"{name} {reason}, so the request was not sent in full.",
            advice="Repeat the call when nothing writes to the file. Akamai received no complete body to act on.",
        )


class UpstreamBusyError(UpstreamError):
    """A local limit or an open circuit stopped the call; nothing was sent. `retry_after` is in seconds."""

    title = "The call was not sent"
    effect: Effect = "none"

    def __init__(self, message: str, *, retry_after: float, advice: str = "") -> None:
        super().__init__(message, advice=advice)
        self.retry_after = retry_after
