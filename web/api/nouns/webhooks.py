"""webhooks: the destinations of cards; incoming webhooks are added here, spaces are linked in Chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

from pydantic import AliasChoices, BeforeValidator, Field

from models.database.engine import Session
from models.deliveries.actions import (
    add_webhook_and_notify,
    readdress_and_notify,
    remove_destination_and_notify,
    send_test_card,
)
from models.destinations.actions import (
    edit_webhook,
    pause_destination,
    resume_destination,
)
from models.destinations.queries import (
    get_destination,
    last_delivered,
    list_chosen_destinations,
    rule_names_by_destination,
    space_titles,
)
from models.errors import NotFound, SecretUnreadable
from models.rules_file import field_types as types
from models.security.vault import Vault, associated_data
from models.tables.destinations import INCOMING_WEBHOOK, Destination
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, SecretState

WEBHOOKS: Final = Routes("webhooks", "read:webhooks", "write:webhooks")
_ADDRESS: Final = AliasChoices("incoming_webhook", "webhook_url", "url")
_ENABLED: Final = AliasChoices("enabled", "is_active")


class WebhookBody(Body):
    """A new incoming webhook of a space."""

    name: types.DestinationName
    incoming_webhook: str = Field(validation_alias=_ADDRESS, max_length=2000)
    description: types.Description = ""
    enabled: bool = Field(True, validation_alias=_ENABLED)


def _unchanged(value: Any) -> Any:
    """Take what was answered of an address for one that stays."""
    return None if isinstance(value, dict) and set(value) <= set(SecretState.model_fields) else value


class WebhookPatch(Body):
    """What changes of a destination: of a space only `enabled`."""

    name: types.DestinationName | None = None
    incoming_webhook: Annotated[str | None, BeforeValidator(_unchanged)] = Field(
        None, validation_alias=_ADDRESS, max_length=2000
    )
    description: types.Description | None = None
    enabled: bool | None = Field(None, validation_alias=_ENABLED)


class WebhookOut(Out):
    """A destination. `paused_because` says why it is off; `rules` are the names of those that post there."""

    id: Id
    name: str
    kind: str
    title: str
    description: str
    enabled: bool
    paused_because: str
    incoming_webhook: SecretState
    rules: list[str]
    last_delivery_at: Moment | None
    created_at: Moment


class WebhookParams(ListParams):
    """Filters of the list of destinations."""

    kind: str | None = Field(None, max_length=20, description="chat_space, chat_webhook or chat_dm")
    enabled: bool | None = None
    q: str | None = Field(None, max_length=255, description="words of the name")


class WebhookTest(Out):
    """The test card that was made: `GET /admin/logs/<delivery_id>` says how it went."""

    delivery_id: Id
    to: str


@WEBHOOKS.get(
    "/admin/webhooks", summary="List destinations", data=WebhookOut, params=WebhookParams, is_list=True
)
def list_webhooks(call: ApiCall) -> Page:
    params: WebhookParams = call.params
    found = [each for each in list_chosen_destinations(call.session, call.tenant_id) if _fits(each, params)]
    return page_of_list(params, found, lambda shown: _draw_all(call.session, call.deps.vault, shown))


@WEBHOOKS.post(
    "/admin/webhooks", summary="Add an incoming webhook", data=WebhookOut, body=WebhookBody, status=201
)
def add_webhook(call: ApiCall) -> WebhookOut:
    body: WebhookBody = call.body
    url = body.incoming_webhook.strip()
    made = add_webhook_and_notify(call.session, call.actor, call.deps.vault, body.name, url)
    call.wake = True
    rest = WebhookPatch.model_construct(description=body.description, enabled=body.enabled)
    return _draw(call, _change(call, made, rest))


@WEBHOOKS.get("/admin/webhooks/<id>", summary="One destination", data=WebhookOut)
def show_webhook(call: ApiCall) -> WebhookOut:
    return _draw(call, _destination(call))


@WEBHOOKS.put("/admin/webhooks/<id>", summary="Replace a destination", data=WebhookOut, body=WebhookPatch)
def replace_webhook(call: ApiCall) -> WebhookOut:
    given: WebhookPatch = call.body
    rest = {"description": "" if given.description is None else given.description}
    whole = given.model_copy(update={**rest, "enabled": given.enabled is not False})
    destination = _destination(call)
    is_webhook = destination.kind == INCOMING_WEBHOOK
    return _draw(call, _change(call, destination, whole if is_webhook else given))


@WEBHOOKS.patch("/admin/webhooks/<id>", summary="Change a destination", data=WebhookOut, body=WebhookPatch)
def patch_webhook(call: ApiCall) -> WebhookOut:
    return _draw(call, _change(call, _destination(call), call.body))


@WEBHOOKS.delete("/admin/webhooks/<id>", summary="Remove a destination", data=WebhookOut)
def remove_webhook(call: ApiCall) -> WebhookOut:
    destination = _destination(call)
    answer = _draw(call, destination)
    remove_destination_and_notify(call.session, call.actor, destination)
    call.wake = True
    return answer


@WEBHOOKS.post("/admin/webhooks/<id>/test", summary="Send a test card", data=WebhookTest)
def send_test(call: ApiCall) -> WebhookTest:
    destination = _destination(call)
    made = send_test_card(call.session, call.actor, destination)
    call.wake = True
    return WebhookTest(delivery_id=made.id, to=destination.name)


def _destination(call: ApiCall) -> Destination:
    found = get_destination(call.session, call.tenant_id, call.id)
    if found is None:
        raise NotFound
    return found


def _change(call: ApiCall, destination: Destination, given: WebhookPatch) -> Destination:
    """Change what is given, and nothing of the rest. Raises NotAllowed, InvalidRequest, Conflict."""
    session, actor = call.session, call.actor
    if given.name is not None or given.description is not None:
        edit_webhook(session, actor, destination, name=given.name, description=given.description)
    if given.incoming_webhook is not None:
        readdress_and_notify(session, actor, call.deps.vault, destination, given.incoming_webhook.strip())
    if given.enabled is not None:
        switch = resume_destination if given.enabled else pause_destination
        switch(session, actor, destination)
    call.wake = True
    return destination


def _fits(each: Destination, params: WebhookParams) -> bool:
    is_kind = params.kind in (None, each.kind)
    is_state = params.enabled in (None, each.is_active)
    return is_kind and is_state and (params.q or "").casefold() in each.name.casefold()


def _draw(call: ApiCall, destination: Destination) -> WebhookOut:
    return _draw_all(call.session, call.deps.vault, [destination])[0]


def _draw_all(session: Session, vault: Vault, shown: Sequence[Destination]) -> list[WebhookOut]:
    if not shown:
        return []
    tenant_id = shown[0].tenant_id
    rules = rule_names_by_destination(session, tenant_id, shown)
    last, titles = last_delivered(session, tenant_id, shown), space_titles(session, tenant_id)

    def draw(each: Destination) -> WebhookOut:
        facts: dict[str, Any] = {
            "title": titles.get(each.name, each.name),
            "enabled": each.is_active,
            "paused_because": each.paused_because or "",
            "incoming_webhook": _address_state(vault, each),
            "rules": rules.get(each.id, []),
            "last_delivery_at": last.get(each.id),
        }
        same = {name: getattr(each, name) for name in ("id", "name", "kind", "description", "created_at")}
        return WebhookOut(**same, **facts)

    return [draw(each) for each in shown]


def _address_state(vault: Vault, destination: Destination) -> SecretState:
    """Return that there is an address, with the last characters of its token."""
    if destination.kind != INCOMING_WEBHOOK:
        return SecretState(set=False)
    where = associated_data(destination.tenant_id, "destinations", "address", destination.uid)
    try:
        return SecretState(set=True, last_four=vault.open(destination.address, where)[-4:])
    except SecretUnreadable:
        return SecretState(set=True)
