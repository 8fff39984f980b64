"""Actions on deliveries, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import case, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.deliveries import replay, store
from models.deliveries.notices import Notice, notify_admins, notify_author, press_url
from models.deliveries.replay import (
    PAUSED,
    REPLAYED,
    ReplayFilter,
    count_left_out,
    find_replayable,
    replay_obstacle,
)
from models.deliveries.test_cards import create_test_cards
from models.deliveries.visible import visible_to
from models.destinations.actions import (
    add_email,
    add_outgoing_webhook,
    add_webhook,
    link_chat_space,
    note_membership,
    readdress,
    unlink_or_remove,
)
from models.destinations.configured import require_configured
from models.destinations.open_deliveries import REMOVED
from models.destinations.outside import OutgoingWebhook, is_of_user
from models.destinations.queries import authors_of_rules_naming
from models.errors import InvalidRequest, NotFound
from models.languages.translate import for_later, marked, tr
from models.security.audit import record
from models.security.vault import Vault
from models.tables.deliveries import QUOTA, Delivery, DeliveryState
from models.tables.destinations import EMAIL, OUTGOING_WEBHOOK, Destination, Space

NOT_ENDED: Final[dict[str, str]] = {
    DeliveryState.DELIVERED: marked("It has arrived already."),
    DeliveryState.HELD: marked("Quiet hours hold it; it leaves when they end."),
    QUOTA: marked("All cards of this month are used; it leaves when there is room again."),
}
OBSTACLE_TEXTS: Final = {
    REMOVED: marked("Its destination was removed, so it can go nowhere."),
    PAUSED: marked("Its destination is paused. Resume that first: /pipenotify space resume."),
}


@dataclass(frozen=True, slots=True)
class RetriedBatch:
    """How many failed deliveries are sent again, how many cannot be, by reason; `may_continue`: more failed.

    `count` includes the deliveries that the same messages coalesce.
    """

    count: int
    left_out: Counter[str]
    may_continue: bool


def send_test_card(session: Session, actor: Actor, destination: Destination) -> Delivery:
    """Create a test card for one destination, due at once; return its delivery.

    Raises NotAllowed, and InvalidRequest (see `check_testable`).
    """
    require(session, actor, Action.SPACE_CHANGE)
    check_testable(session, destination)
    made = create_test_cards(session, destination.tenant_id, [destination])
    record(session, actor, "space.tested", destination.name)
    return made[0]


def check_testable(session: Session, destination: Destination) -> None:
    """Raise InvalidRequest for a destination that is paused, or that nothing can be sent to from here."""
    require_configured(session, destination.kind)
    if not destination.is_active:
        raise InvalidRequest(
            user_message=tr("It is paused and gets no cards. Resume it first, with /pipenotify space resume.")
        )


def retry_delivery(session: Session, actor: Actor, number: str) -> int:
    """Send one delivery again, with all that its message coalesces; return how many are sent.

    Raises NotAllowed, NotFound (also for one that the actor may not send again), and InvalidRequest for one
    that has arrived, is on its way or cannot be sent.
    """
    require(session, actor, Action.LOG_RETRY)
    number, found = number.removeprefix("#"), None
    if (delivery_id := row_id(number)) is not None:
        held_by = case((Delivery.reason == QUOTA, QUOTA), else_=Delivery.state)
        query = select(Delivery.state, held_by, Delivery.destination_name, replay_obstacle())
        permitted = visible_to(actor, Action.LOG_RETRY)
        mine = (Delivery.tenant_id == actor.tenant, Delivery.id == delivery_id, permitted)
        found = session.execute(query.join(Delivery.destination, isouter=True).where(*mine)).first()
    if found is None:
        raise NotFound(
            user_message=tr(
                "There is no delivery “{number}”. /pipenotify log failed shows the numbers.",
                number=number[:20],
            )
        )
    state, why, destination_name, obstacle = found
    if state not in (DeliveryState.DEAD, DeliveryState.SKIPPED):
        raise InvalidRequest(user_message=tr(NOT_ENDED.get(why, marked("It is on its way already."))))
    if obstacle:
        raise InvalidRequest(user_message=tr(OBSTACLE_TEXTS[obstacle]))
    return _retry(session, actor, [int(number)], f"delivery {number} to {destination_name}")


def retry_chosen(
    session: Session, actor: Actor, chosen: ReplayFilter, *, dry_run: bool = False
) -> RetriedBatch:
    """Send one batch of the deliveries that a filter matches again, the oldest first; `dry_run` only counts.

    Raises NotAllowed.
    """
    require(session, actor, Action.LOG_RETRY)
    ids = find_replayable(session, actor.tenant, chosen, limit=replay.BATCH)
    left_out = count_left_out(session, actor.tenant, chosen)
    subject = f"all that failed for {chosen.destination}" if chosen.destination else "all that failed"
    count = len(ids) if dry_run or not ids else _retry(session, actor, ids, subject)
    return RetriedBatch(count, left_out, may_continue=len(ids) == replay.BATCH)


def retry_failed(session: Session, actor: Actor, destination: str | None = None) -> RetriedBatch:
    """Send failed deliveries again that the actor may, the oldest first, one batch of them.

    `destination` names the only one. Raises NotAllowed.
    """
    return retry_chosen(session, actor, ReplayFilter(actor=actor, destination=destination))


def _retry(session: Session, actor: Actor, ids: Sequence[int], subject: str) -> int:
    replayed = store.replay(session, actor.tenant, ids, now())
    destinations = sorted({delivery.destination_name for delivery in replayed})
    record(session, actor, REPLAYED, subject, count=len(replayed), to=destinations)
    return len(replayed)


def leave_space(session: Session, actor: Actor, space_name: str) -> None:
    """Pause the destinations of a space that the app was removed from, and notify the tenant's admins.

    Nothing happens for a space that is not linked, or that the app had left before.
    """
    space = note_membership(session, actor, space_name, is_member=False)
    if space is not None:
        notify_admins(session, actor.tenant, _removal_notice(session, space))


def link_space_and_notify(
    session: Session, actor: Actor, name: str, title: str, *, lets_outsiders_in: bool
) -> None:
    """Link a Chat space; tell the admins of one whose members may be from outside the organisation.

    Raises NotAllowed, InvalidRequest, Conflict (see `link_chat_space`).
    """
    link_chat_space(session, actor, name, title)
    if lets_outsiders_in:
        words = for_later(
            "{who} linked it, and people from outside your organisation may be members.", who=actor.name
        )
        notify_admins(session, actor.tenant, _outside_notice(title or name, words))


def add_webhook_and_notify(session: Session, actor: Actor, vault: Vault, name: str, url: str) -> Destination:
    """Add an incoming webhook, and tell the admins: the space behind it may be anybody's.

    Raises NotAllowed, InvalidRequest, Conflict (see `add_webhook`).
    """
    made = add_webhook(session, actor, vault, name, url)
    words = for_later(
        "{who} added this incoming webhook. Its space may be outside your organisation.", who=actor.name
    )
    notify_admins(session, actor.tenant, _outside_notice(made.name, words))
    return made


def add_email_and_notify(session: Session, actor: Actor, name: str, email: str) -> Destination:
    """Add an e-mail address, and tell the admins of one that belongs to no user of the tenant.

    Raises NotAllowed, InvalidRequest, Conflict (see `add_email`).
    """
    made = add_email(session, actor, name, email)
    if not is_of_user(session, actor.tenant, made.address):
        words = for_later(
            "{who} added the e-mail address {email}. It is of nobody in your team.",
            who=actor.name,
            email=made.address,
        )
        notify_admins(session, actor.tenant, _outside_notice(made.name, words))
    return made


def add_outgoing_webhook_and_notify(
    session: Session, actor: Actor, vault: Vault, name: str, webhook: OutgoingWebhook
) -> Destination:
    """Add an outgoing webhook, and tell the admins: what rules send there leaves Google Chat.

    Raises NotAllowed, InvalidRequest, Conflict (see `add_outgoing_webhook`).
    """
    made = add_outgoing_webhook(session, actor, vault, name, webhook)
    words = for_later("{who} added this outgoing webhook. Its server may be anybody's.", who=actor.name)
    notify_admins(session, actor.tenant, _outside_notice(made.name, words))
    return made


def readdress_and_notify(
    session: Session, actor: Actor, vault: Vault, destination: Destination, address: str, secret: str = ""
) -> None:
    """Give a destination another address, and tell the admins, as of a new one.

    Raises NotAllowed, InvalidRequest (see `readdress`).
    """
    readdress(session, actor, vault, destination, address, secret)
    if destination.kind == EMAIL and is_of_user(session, actor.tenant, destination.address):
        return
    words = _new_address_text(destination.kind, actor.name)
    notify_admins(session, actor.tenant, _outside_notice(destination.name, words))


def _new_address_text(kind: str, who: str) -> str:
    if kind == EMAIL:
        return for_later("{who} gave it a new e-mail address. It is of nobody in your team.", who=who)
    if kind == OUTGOING_WEBHOOK:
        return for_later("{who} gave it a new address or secret. Its server may be anybody's.", who=who)
    return for_later("{who} gave it a new address. Its space may be outside your organisation.", who=who)


def _outside_notice(title: str, words: str) -> Notice:
    wrong = for_later("If that is wrong, say /pipenotify space remove and its name.")
    return Notice(
        for_later("Cards may leave your organisation: {place}", place=title[:100]), f"{words} {wrong}"
    )


def remove_destination_and_notify(session: Session, actor: Actor, destination: Destination) -> list[str]:
    """Remove a destination, and tell the authors of the rules that lose it; return the rules' names.

    Raises NotAllowed (see `unlink_or_remove`).
    """
    lost = authors_of_rules_naming(session, destination)
    rules = unlink_or_remove(session, actor, destination)
    for rule_id, rule, author in lost:
        title = for_later("Your rule “{name}” no longer posts to a place that was removed", name=rule[:80])
        words = for_later("Edit it to choose another place; a rule without any is off.")
        open_rule = press_url("rule.show", rule=rule_id)
        notify_author(session, actor, author, Notice(title, words, for_later("Open the rule"), open_rule))
    return rules


def _removal_notice(session: Session, space: Space) -> Notice:
    text = for_later(
        "Its cards fail until somebody adds Pipenotify to the space again; what was missed can then be sent"
        " again. If it is to stay away, open it here and press Remove."
    )
    mine = (Destination.tenant_id == space.tenant_id, Destination.space_id == space.id)
    destination_id = session.scalar(select(Destination.id).where(*mine).limit(1))
    title = for_later(
        "Pipenotify was removed from {place}", place=(space.title or for_later("a space"))[:100]
    )
    return Notice(
        title,
        text,
        f"{for_later('Open it')}\n{for_later('Send what was missed')}",
        "\n".join(press_url(do, place=destination_id) for do in ("space.show", "space.retry")),
    )
