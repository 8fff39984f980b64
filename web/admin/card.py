"""The card of a delivery on its admin page, drawn again from its event, as Chat shows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.widgets.readable import ReadableRow, read_message
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import parse_change, render_message
from models.accounts.actor import Actor
from models.accounts.queries import get_tenant
from models.connections.queries import link_base
from models.database.engine import Session
from models.deliveries.claimed import ClaimedDelivery, read_one
from models.deliveries.lanes import ClaimedLane
from models.pipedrive.change import decided
from models.pipedrive.names import NO_NAMES
from models.rules.why.explain import Explanation
from models.tables.deliveries import Delivery, DeliveryState

OF_A_SPACE: Final = frozenset({"chat_space", "chat_webhook"})
AS_TODAY: Final = "Drawn from what is stored, with the rule, the template and the names of today."
WITHOUT_RULE: Final = "Its rule was deleted since, so it is drawn without the rule's template."
NOT_FOR_ALL: Final = "Not everybody may see this object, so its card is not shown here."
OF_ONE_PERSON: Final = "A message to one person is not shown to others."
NOT_KEPT: Final = "What it was about is not kept any more, so its card cannot be drawn."
NOT_SENT: Final = frozenset(DeliveryState) - {DeliveryState.DELIVERED, DeliveryState.DIGESTED}


@dataclass(frozen=True, slots=True)
class CardView:
    """A card as a page shows it, with notes on how true it is; without a title only the notes are shown.

    `picture` is the name of one in static/cards, empty for none.
    """

    notes: Sequence[str]
    title: str = ""
    subtitle: str = ""
    picture: str = ""
    rows: Sequence[ReadableRow] = ()
    links: Sequence[tuple[str, str]] = ()
    others: int = 0  # further deliveries that its message in Chat shows


def view_card(session: Session, actor: Actor, one: Delivery, explained: Explanation | None) -> CardView:
    """Return the card of a delivery that the actor may read; `explained` is why it came, if they may ask.

    What its reader may not see in Pipedrive is not drawn, unless the card itself showed nothing of it.
    """
    head = read_one(session, actor.tenant, one.id)
    if head is None:
        return CardView([NOT_KEPT])
    if head.notice is not None or head.is_test:
        is_shown = head.kind in OF_A_SPACE
        return _draw(session, head, explained) if is_shown else CardView([OF_ONE_PERSON])
    if explained is None or explained.change is None:
        return CardView([NOT_KEPT])
    if explained.redacted and not head.redacted_because:
        return CardView([NOT_FOR_ALL])
    return _draw(session, head, explained)


def _draw(session: Session, head: ClaimedDelivery, explained: Explanation | None) -> CardView:
    tenant = get_tenant(session, head.tenant_id)
    lane = ClaimedLane(head.tenant_id, head.lane, backoff=0, head_id=head.id, due=1)
    message = OutgoingMessage(lane, head, [head], 1, "")
    message.names = explained.names if explained else NO_NAMES
    change = parse_change(head)
    message.changes = [change and decided(change, message.names)]
    message.link_base = link_base(session, head.tenant_id)
    message.timezone, message.language = tenant.timezone, tenant.language
    drawn = render_message(message)
    read = read_message(drawn, "")
    picture = drawn.card.picture.name if drawn.card and drawn.card.picture else ""
    others = (explained.folded or {}).get(head.message_key or "", 0) if explained else 0
    notes = _notes(head, explained, others)
    return CardView(notes, read.title, read.subtitle, picture, read.rows, read.links, others)


def _notes(head: ClaimedDelivery, explained: Explanation | None, others: int) -> list[str]:
    notes = [] if head.notice is not None else [AS_TODAY]
    if explained is not None and head.rule_id is None:
        notes.append(WITHOUT_RULE)
    if others:
        notes.append(f"It came as a line of a summary card, with {others:,} more.")
    if head.state in NOT_SENT:
        notes.append("It was not sent; it would look like this.")
    return notes
