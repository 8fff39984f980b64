"""webhooks: the destinations of cards; all are added here but spaces, which are linked in Chat."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from models.clock import now
from models.database.engine import Session
from models.deliveries.actions import (
    add_email_and_notify,
    add_outgoing_webhook_and_notify,
    add_webhook_and_notify,
    readdress_and_notify,
    remove_destination_and_notify,
    send_test_card,
)
from models.deliveries.reasons import plain_reason
from models.destinations.actions import (
    choose_fallback,
    edit_webhook,
    pause_destination,
    resume_destination,
)
from models.destinations.configured import missing_setting
from models.destinations.health import BreakerState, Failing, failing_among
from models.destinations.outside import OutgoingWebhook
from models.destinations.queries import (
    destination_names,
    get_destination,
    last_delivered,
    list_chosen_destinations,
    rule_names_by_destination,
    space_titles,
)
from models.errors import NotFound, SecretUnreadable
from models.rules_file.schema import ADDRESS_KEYS
from models.security.vault import Vault, associated_data
from models.tables.destinations import (
    CLOSED_KINDS,
    EMAIL,
    INCOMING_WEBHOOK,
    NAMED_BY_PEOPLE,
    OUTGOING_WEBHOOK,
    Destination,
)
from web.api.errors import InvalidFields
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import SecretState
from web.api.webhooks.card_test import follow_test_card
from web.api.webhooks.schemas import (
    BreakerOut,
    WebhookBody,
    WebhookOut,
    WebhookParams,
    WebhookPatch,
    WebhookTest,
)

WEBHOOKS: Final = Routes("webhooks", "read:webhooks", "write:webhooks")
_KEYS: Final = {INCOMING_WEBHOOK: "incoming_webhook", EMAIL: "email", OUTGOING_WEBHOOK: "webhook"}


@WEBHOOKS.get(
    "/admin/webhooks", summary="List destinations", data=WebhookOut, params=WebhookParams, is_list=True
)
def list_webhooks(call: ApiCall) -> Page:
    params: WebhookParams = call.params
    found = [each for each in list_chosen_destinations(call.session, call.tenant_id) if _fits(each, params)]
    return page_of_list(params, found, lambda shown: _draw_all(call.session, call.deps.vault, shown))


@WEBHOOKS.post("/admin/webhooks", summary="Add a destination", data=WebhookOut, body=WebhookBody, status=201)
def add_webhook(call: ApiCall) -> WebhookOut:
    body: WebhookBody = call.body
    made = _add(call, body)
    call.wake = True
    rest = WebhookPatch.model_construct(
        description=body.description, enabled=body.enabled, fallback=body.fallback
    )
    return _draw(call, _change(call, made, rest))


def _add(call: ApiCall, body: WebhookBody) -> Destination:
    """Add what has the one address that is given. Raises InvalidFields where it is not one."""
    session, actor, vault = call.session, call.actor, call.deps.vault
    given = [key for key in ADDRESS_KEYS if getattr(body, key) is not None]
    if len(given) != 1:
        raise InvalidFields([("incoming_webhook", f"give one of {', '.join(ADDRESS_KEYS)}")])
    if (body.secret is not None) != (body.webhook is not None):
        raise InvalidFields([("secret", "is missing" if body.webhook else "goes with webhook only")])
    if body.email is not None:
        return add_email_and_notify(session, actor, body.name, body.email)
    if body.webhook is not None:
        webhook = OutgoingWebhook(body.webhook, body.secret or "")
        return add_outgoing_webhook_and_notify(session, actor, vault, body.name, webhook)
    url = str(body.incoming_webhook).strip()
    return add_webhook_and_notify(session, actor, vault, body.name, url)


@WEBHOOKS.get("/admin/webhooks/<id>", summary="One destination", data=WebhookOut)
def show_webhook(call: ApiCall) -> WebhookOut:
    return _draw(call, _destination(call))


@WEBHOOKS.put("/admin/webhooks/<id>", summary="Replace a destination", data=WebhookOut, body=WebhookPatch)
def replace_webhook(call: ApiCall) -> WebhookOut:
    given: WebhookPatch = call.body
    rest = {"description": "" if given.description is None else given.description}
    whole = given.model_copy(update={**rest, "enabled": given.enabled is not False})
    destination = _destination(call)
    return _draw(call, _change(call, destination, whole if destination.kind in NAMED_BY_PEOPLE else given))


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


@WEBHOOKS.post(
    "/admin/webhooks/<id>/test", summary="Send a test card", data=WebhookTest, follow=follow_test_card
)
def send_test(call: ApiCall) -> WebhookTest:
    destination = _destination(call)
    made = send_test_card(call.session, call.actor, destination)
    call.wake = True
    return WebhookTest(delivery_id=made.id, to=destination.name, status=made.state)


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
    _readdress(call, destination, given)
    if given.fallback is not None:
        choose_fallback(session, actor, destination, given.fallback.strip())
    if given.enabled is not None:
        switch = resume_destination if given.enabled else pause_destination
        switch(session, actor, destination)
    call.wake = True
    return destination


def _readdress(call: ApiCall, destination: Destination, given: WebhookPatch) -> None:
    """Change the address, where one is given. Raises InvalidFields for that of another kind."""
    key = _KEYS.get(destination.kind, "")
    for other in (*ADDRESS_KEYS, "secret"):
        fits = other == key or (other == "secret" and key == "webhook")
        if getattr(given, other) is not None and not fits:
            raise InvalidFields([(other, "is not what this destination goes to")])
    address = (getattr(given, key) or "").strip() if key else ""
    if address or given.secret:
        vault, secret = call.deps.vault, given.secret or ""
        readdress_and_notify(call.session, call.actor, vault, destination, address, secret)


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
    names = destination_names(session, tenant_id, [each.fallback_id for each in shown])
    pairs = {(tenant_id, each.id) for each in shown}
    failing = {each.destination_id: each for each in failing_among(session, pairs)}

    def draw(each: Destination) -> WebhookOut:
        facts: dict[str, Any] = {
            "title": titles.get(each.name, each.name),
            "enabled": each.is_active,
            "paused_because": each.paused_because or "",
            "unavailable": missing_setting(session, each.kind),
            "breaker": _breaker(failing.get(each.id)),
            **_address_state(vault, each),
            "fallback": names.get(each.fallback_id or 0, ""),
            "rules": rules.get(each.id, []),
            "last_delivery_at": last.get(each.id),
        }
        same = {name: getattr(each, name) for name in ("id", "name", "kind", "description", "created_at")}
        return WebhookOut(**same, **facts)

    return [draw(each) for each in shown]


def _breaker(failing: Failing | None) -> BreakerOut:
    if failing is None:
        return BreakerOut(state=BreakerState.CLOSED, failures=0, since=None, next_try=None, error="")
    return BreakerOut(
        state=failing.state(now()),
        failures=failing.failures,
        since=failing.since,
        next_try=failing.open_until,
        error=plain_reason(failing.error),
    )


def _address_state(vault: Vault, destination: Destination) -> dict[str, Any]:
    """Return the address under its key: an e-mail, or that there is a secret and its last characters."""
    nothing = SecretState(set=False)
    found: dict[str, Any] = {"incoming_webhook": nothing, "email": "", "webhook": nothing, "secret": nothing}
    if destination.kind == EMAIL:
        return found | {"email": destination.address}
    if destination.kind not in CLOSED_KINDS:
        return found
    where = associated_data(destination.tenant_id, "destinations", "address", destination.uid)
    try:
        opened = vault.open(destination.address, where)
    except SecretUnreadable:
        return found | {_KEYS[destination.kind]: SecretState(set=True)}
    if destination.kind == INCOMING_WEBHOOK:
        return found | {"incoming_webhook": SecretState(set=True, last_four=opened[-4:])}
    webhook = OutgoingWebhook.from_text(opened)
    return found | {
        "webhook": SecretState(set=True, last_four=webhook.url[-4:]),
        "secret": SecretState(set=True, last_four=webhook.secret[-4:]),
    }
