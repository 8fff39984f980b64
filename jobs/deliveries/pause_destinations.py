"""Pauses destinations that refuse us for good, and notifies the admins once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from jobs.deliveries.results import SendResult
from models.database.engine import Session
from models.deliveries.notices import Notice, notify_admins, press_url, send_refused
from models.deliveries.reasons import plain_reason
from models.destinations import health
from models.destinations.queries import destination_title, has_rules
from models.errors import DestinationGone
from models.languages.translate import for_later

# What a person does about it, by the kind of destination, and the button that leads there.
HOW_TO_REOPEN: Final = {
    "chat_space": (
        for_later("Add Pipenotify to the space again, then press Resume."),
        for_later("Resume"),
        "space.resume",
    ),
    "chat_dm": (
        for_later("That person writes to Pipenotify first, in a direct message."),
        for_later("Open"),
        "space.show",
    ),
    "chat_webhook": (
        for_later(
            "Make a new incoming webhook in the space and give its address here; rules stay as they are."
        ),
        for_later("Give it a new address"),
        "space.address",
    ),
    "email": (
        for_later("Give it an address that exists; rules stay as they are."),
        for_later("Give it a new address"),
        "space.address",
    ),
    "webhook": (
        for_later("Let its receiver take webhooks again, then press Resume."),
        for_later("Resume"),
        "space.resume",
    ),
}
OTHERWISE: Final = (
    for_later("Give Pipenotify leave to post there, then press Resume."),
    for_later("Resume"),
    "space.resume",
)


@dataclass(frozen=True, slots=True)
class PausedDestination:
    """A destination that was active until now: its title as its users know it, and what Chat answered.

    `notice` is what it refused, None if that was a card.
    """

    tenant_id: int
    destination_id: int
    kind: str
    title: str
    answer: str
    notice: dict[str, Any] | None = None


def pause_gone(session: Session, results: Sequence[SendResult]) -> list[PausedDestination]:
    """Pause the destinations that answered that they are gone; return those that were active until now."""
    paused = []
    for result in results:
        head = result.message.head
        if not isinstance(result.error, DestinationGone) or head.destination_id is None:
            continue
        answer = str(result.error)
        if health.pause_refused(session, head.tenant_id, head.destination_id, answer):
            title = destination_title(session, head.tenant_id, head.destination_id)
            what = (head.tenant_id, head.destination_id, str(head.kind), title, answer)
            paused.append(PausedDestination(*what, notice=head.notice))
    return paused


def notify_admins_of(session: Session, paused: Sequence[PausedDestination]) -> None:
    """Create a notice for each tenant's admins, in the transaction that paused: none is lost or doubled.

    Of a person to whom no rule sends there is none. Where Chat refuses the last of the admins, the oldest
    space gets what they should have read.
    """
    _send_refused(session, [each for each in paused if each.kind == "chat_dm"])
    for each in paused:
        is_card = each.kind != "chat_dm" or each.notice is None
        if not (is_card or has_rules(session, each.tenant_id, each.destination_id)):
            continue
        how_to, label, do = HOW_TO_REOPEN.get(each.kind, OTHERWISE)
        text = for_later(
            "Why: {why}. No cards go there now. {how_to} What was missed meanwhile can be"
            " sent again from the card that you then see.",
            why=plain_reason(each.answer),
            how_to=how_to,
        )
        title = for_later("{title} does not let Pipenotify post any more", title=each.title[:100])
        url = press_url(do, place=each.destination_id)
        notify_admins(session, each.tenant_id, Notice(title, text, label, url))


def _send_refused(session: Session, paused: Sequence[PausedDestination]) -> None:
    by_tenant: dict[int, list[PausedDestination]] = defaultdict(list)
    for each in paused:
        by_tenant[each.tenant_id].append(each)
    for tenant_id, group in by_tenant.items():
        notices = [each.notice for each in group if each.notice is not None]
        send_refused(session, tenant_id, [each.destination_id for each in group], notices)
