"""What every press on a delivered card has in common: find the card, record the press, show what holds."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.cards.actions import ShownState
from bot.cards.delivered import (
    delivered_card,
    owner_to_mention,
    shows_score,
    with_others,
    with_owner,
    with_score,
)
from bot.cards.done import done_card
from bot.chat.interaction import InteractionKind
from bot.chat.reply import Close, Reply, Say, Update
from bot.connections.connect_link import connect_url
from bot.context import Context
from bot.text.changes import title_of
from bot.widgets import Button, Link, Message
from models.accounts.queries import chat_names_of, get_tenant
from models.card_actions.actions import CardPress, PressOutcome, Recorded, record_press
from models.card_actions.copies import mark_due
from models.card_actions.queries import actions_on, shown_action
from models.card_actions.words import deed, holds, name_pairs
from models.clock import now
from models.connections.lead_pipelines import lead_pipelines_of
from models.connections.names import names_of_pairs
from models.connections.queries import get_connection
from models.connections.visibility import TO_A_PERSON
from models.database.row_ids import row_id
from models.deliveries.claimed import ClaimedDelivery, read_one
from models.errors import InvalidRequest
from models.languages.translate import current_locale, marked, speaking, tr
from models.leads.scoring import scores_now
from models.pipedrive.change import Change, Unreadable, decided, read
from models.pipedrive.deal_leads import DEAL
from models.pipedrive.name_refs import id_key, refs_in
from models.pipedrive.names import Names
from models.pipedrive.webhook.json import parse_json
from models.recipients.mentioned import mentioned_by
from models.tables.accounts import PERSONAL
from models.tables.card_actions import CardAction

TOO_OLD: Final = marked("Pipenotify no longer keeps what this card is about. Open it in Pipedrive instead.")
CONNECT_FIRST: Final = marked(
    "What you press is written to Pipedrive in your own name, so connect your own account"
    " once. Then it is done by itself, and you are told here."
)


@dataclass(frozen=True, slots=True)
class PressedCard:
    """The card that was pressed: its delivery, what that tells, and the object as the card shows it."""

    head: ClaimedDelivery
    shown: ShownState
    names: Names

    @property
    def change(self) -> Change:
        return self.shown.change

    @property
    def title(self) -> str:
        return title_of(self.change, self.names)


def find_card(context: Context, do: str) -> PressedCard:
    """Return the card that was pressed.

    Raises InvalidRequest if it was pruned, is of another kind, shows nothing of its object, or was not
    delivered where it is pressed.
    """
    return card_of(
        context, row_id(context.interaction.parameters.get("delivery", "")), (do.partition(".")[0],)
    )


def card_of(context: Context, delivery_id: int | None, entities: Collection[str]) -> PressedCard:
    """Return the card of a delivery, if it shows one of these entities. Raises as `find_card`."""
    head = read_one(context.session, context.tenant_id, delivery_id) if delivery_id is not None else None
    if head is None or head.raw is None or head.redacted_because or not _is_here(context, head):
        raise InvalidRequest(user_message=tr(TOO_OLD))
    change = _read(head.raw)
    if change is None or change.entity not in entities or not id_key(change.object_id):
        raise InvalidRequest(user_message=tr(TOO_OLD))
    since = head.created_at or now()
    actions = actions_on(context.session, context.tenant_id, change.entity, change.object_id, since)
    pairs = refs_in(change).union(*(name_pairs(each.fields) for each in actions))
    names = names_of_pairs(context.session, context.tenant_id, pairs)
    return PressedCard(head, ShownState(decided(change, names), actions), names)


def _is_here(context: Context, head: ClaimedDelivery) -> bool:
    """Tell whether a card is where it is pressed: in this space, or to this person."""
    if not head.may_be_shown:
        return False
    if head.kind == TO_A_PERSON:
        return context.interaction.space.is_dm and head.address == context.actor.name
    return head.kind == "chat_space" and head.address == context.interaction.space.name


def _read(raw: bytes) -> Change | None:
    try:
        return read(parse_json(raw))
    except Unreadable:
        return None


def act(context: Context, do: str, fields: Mapping[str, Any]) -> Reply:
    """Record a press; answer with the card and what is under way, or privately with what is missing."""
    return record(context, do, find_card(context, do), fields)


def record(context: Context, do: str, card: PressedCard, fields: Mapping[str, Any]) -> Reply:
    """Record a press on a card that was found; answer as `act`. From a dialog, the card follows by itself."""
    press = CardPress(
        key=context.interaction.key or uuid.uuid4().hex,
        do=do,
        delivery_id=card.head.id,
        entity=card.change.entity,
        object_id=card.change.object_id,
        lane=card.head.lane,
        fields=fields,
        since=card.head.created_at or now(),
        seen=row_id(context.interaction.parameters.get("seen", "")) or 0,
        present=_present(card, do),
    )
    done = record_press(context.session, context.actor, press)
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    if done.outcome is PressOutcome.BEATEN:
        return tell_who_was_first(context, card.title, done.action)
    return show(context, card, done)


def _present(card: PressedCard, do: str) -> str:
    """Return what the slot of an action held when the card was drawn, as text."""
    read_slot = _PRESENT.get(do)
    return read_slot(card) if read_slot is not None else ""


_PRESENT: Final[Mapping[str, Callable[[PressedCard], str]]] = {
    "deal.claim": lambda card: card.shown.id("owner_id"),
    "lead.claim": lambda card: card.shown.id("owner_id"),
    "deal.won": lambda card: str(card.shown.value("status") or "open"),
    "deal.lost": lambda card: str(card.shown.value("status") or "open"),
}


def show(context: Context, card: PressedCard, done: Recorded) -> Reply:
    """Return the card with what is under way; after a dialog the card in the space is drawn by a worker."""
    if context.interaction.kind is InteractionKind.DIALOG_SUBMIT:
        if done.outcome is PressOutcome.RECORDED:
            mark_due(
                context.session,
                context.tenant_id,
                card.change.entity,
                card.change.object_id,
                card.head.id,
                now(),
            )
        return Close(
            tr("{title}: it is being written to Pipedrive, the card shows it in a moment", title=card.title)
        )
    return Update(draw(context, card))


def draw(context: Context, card: PressedCard) -> Message:
    """Return the card as it is now."""
    since = card.head.created_at or now()
    change = card.change
    actions = actions_on(context.session, context.tenant_id, change.entity, change.object_id, since)
    pairs = refs_in(change).union(*(name_pairs(each.fields) for each in actions))
    connection = get_connection(context.session, context.tenant_id)
    domain = connection.domain if connection is not None else None
    names = names_of_pairs(context.session, context.tenant_id, pairs)
    owner = owner_to_mention(card.head, change)
    mentions = chat_names_of(context.session, context.tenant_id, [owner]) if owner else {}
    chosen = lead_pipelines_of(context.session, context.tenant_id) if change.entity == DEAL else frozenset()
    language = current_locale() if context.interaction.space.is_dm else context.actor.tenant_language
    with speaking(language):  # all who are there see the card
        drawn = delivered_card(
            card.head,
            change,
            names,
            link_base=f"https://{domain}" if domain else "",
            timezone=get_tenant(context.session, context.tenant_id).timezone,
            actions=actions,
            lead_pipelines=chosen,
        )
        drawn = with_owner(drawn, card.head, change, names, mentions)
        drawn = with_others(drawn, mentioned_by(context.session, card.head, change))
        if not shows_score(card.head, change, chosen):
            return drawn
        found = scores_now(context.session, context.tenant_id, [change.object_id])
        return with_score(drawn, found.get(change.object_id))


def ask_to_connect(context: Context) -> Reply:
    """Answer the person alone with the way to connect; what they pressed waits for it."""
    way = connect_url(context.session, context.interaction, context.actor, context.deps, PERSONAL)
    card = done_card(
        tr("Connect yourself first"),
        tr(CONNECT_FIRST),
        buttons=[Button(tr("Connect as myself"), Link(way), primary=True)],
    )
    return Say(card, keep_clicked=True)


def tell_who_was_first(context: Context, title: str, first: CardAction) -> Reply:
    """Answer the person alone: somebody else did it before."""
    shown = shown_action(context.session, first)
    names = names_of_pairs(context.session, context.tenant_id, name_pairs(first.fields))
    words = deed(first.do, first.fields, names, is_open=shown.is_open)
    holds_something = first.slot and not shown.is_open  # a note leaves nothing that the object holds now
    now_holds = holds(first.slot, first.fields.get(first.slot), names) if holds_something else ""
    sentences = (f"{title}: {shown.who} {words}.", now_holds, tr("Nothing was written for you."))
    detail = " ".join(filter(None, sentences))
    return Say(done_card(tr("{who} was first", who=shown.who), detail), keep_clicked=True)
