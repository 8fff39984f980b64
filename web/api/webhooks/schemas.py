"""The schemas of destinations."""

from __future__ import annotations

from typing import Annotated, Any, Final

from pydantic import AliasChoices, BeforeValidator, Field

from models.rules_file import field_types as types
from web.api.schemas import Body, Id, ListParams, Moment, Out, SecretState

_ADDRESS: Final = AliasChoices("incoming_webhook", "webhook_url", "url")
_ENABLED: Final = AliasChoices("enabled", "is_active")


class WebhookBody(Body):
    """A new destination: an incoming webhook of a space, an e-mail, or an outgoing webhook with its secret.

    `fallback` names the destination where cards go while this one refuses them for good.
    """

    name: types.DestinationName
    incoming_webhook: str | None = Field(None, validation_alias=_ADDRESS, max_length=2000)
    email: str | None = Field(None, max_length=320)
    webhook: str | None = Field(None, max_length=2000)
    secret: str | None = Field(None, max_length=200)
    description: types.Description = ""
    enabled: bool = Field(True, validation_alias=_ENABLED)
    fallback: str = Field("", max_length=255)


def _unchanged(value: Any) -> Any:
    """Take what was answered of an address for one that stays."""
    is_state = isinstance(value, dict) and set(value) <= set(SecretState.model_fields)
    return None if is_state or value == "" else value


class WebhookPatch(Body):
    """What changes of a destination: of a space only `enabled` and `fallback`, where "" is nowhere."""

    name: types.DestinationName | None = None
    incoming_webhook: Annotated[str | None, BeforeValidator(_unchanged)] = Field(
        None, validation_alias=_ADDRESS, max_length=2000
    )
    email: Annotated[str | None, BeforeValidator(_unchanged)] = Field(None, max_length=320)
    webhook: Annotated[str | None, BeforeValidator(_unchanged)] = Field(None, max_length=2000)
    secret: Annotated[str | None, BeforeValidator(_unchanged)] = Field(None, max_length=200)
    description: types.Description | None = None
    enabled: bool | None = Field(None, validation_alias=_ENABLED)
    fallback: str | None = Field(None, max_length=255)


class BreakerOut(Out):
    """Whether a destination takes cards now: closed, open or half_open.

    Open: nothing is tried there until `next_try`. Half-open: the next card tries. `failures` are those in a
    row since `since`, `error` is what the last one was answered. `enabled: true` closes it.
    """

    state: str
    failures: int
    since: Moment | None
    next_try: Moment | None
    error: str


class WebhookOut(Out):
    """A destination. `paused_because` says why it is off; `rules` are the names of those that post there.

    `unavailable` names the variable without which this service sends nothing there, empty if it can.
    """

    id: Id
    name: str
    kind: str
    title: str
    description: str
    enabled: bool
    paused_because: str
    unavailable: str
    breaker: BreakerOut
    incoming_webhook: SecretState
    email: str
    webhook: SecretState
    secret: SecretState
    fallback: str
    rules: list[str]
    last_delivery_at: Moment | None
    created_at: Moment


class WebhookParams(ListParams):
    """Filters of the list of destinations."""

    kind: str | None = Field(
        None, max_length=20, description="chat_space, chat_dm, chat_webhook, email or webhook"
    )
    enabled: bool | None = None
    q: str | None = Field(None, max_length=255, description="words of the name")


class WebhookTest(Out):
    """A test card, and how it went within the first seconds.

    `status` is that of its delivery. `http_status` is what the other side answered, `response_time` after how
    many milliseconds; both are null until it was asked, and `http_status` where something else than Chat
    accepted it. `why` explains what did not arrive.
    `GET /admin/logs/<delivery_id>` says how it goes on.
    """

    delivery_id: Id
    to: str
    status: str
    http_status: int | None = None
    response_time: int | None = None
    why: str = ""
