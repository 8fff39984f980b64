"""Finds the lead that somebody means: by a button, by the card they press, by words, or by a pasted link."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.card_actions.pressed import TOO_OLD, PressedCard, ask_to_connect, card_of, show, tell_who_was_first
from bot.chat.interaction import InteractionKind
from bot.chat.reply import Close, Reply, Say, Update
from bot.context import Context
from bot.deals.links import object_in_url
from bot.deals.show import link_base
from bot.text.changes import title_of
from bot.widgets import Message
from models.card_actions.actions import PressOutcome, Recorded
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.leads.actions import Via
from models.leads.queries import KnownLead, find_leads, get_lead, view_of
from models.pipedrive.deal_leads import DEAL, LEAD, lead_key
from models.pipedrive.names import NO_NAMES

MOST_CHOICES: Final = 8
NO_LEAD_NOW: Final = marked("This deal is no lead now: it is closed, or in a pipeline whose deals are none.")
GONE: Final = marked("This lead is not known here any more.")
NONE_FITS: Final = marked(
    "No lead “{typed}” is known here. Known are leads that were changed since Pipedrive was connected, and"
    " those that were in the inbox then. /pipenotify lead list shows the open ones."
)

Act = Callable[..., Recorded]


@dataclass(frozen=True, slots=True)
class Target:
    """The lead that somebody acts on, and how they asked; `card` is the delivered card they pressed."""

    lead: KnownLead
    via: Via
    card: PressedCard | None = None

    @property
    def title(self) -> str:
        return self.card.title if self.card is not None else title_of(self.lead.known.change, NO_NAMES)


def find_target(context: Context) -> Target:
    """Return the lead of a button: of the delivered card where it was pressed, else the one that it names.

    Who sees a card may press on it; whether they may do it, Pipedrive decides. A lead that is only named must
    be one that they may see. Raises InvalidRequest, NotFound.
    """
    parameters = context.interaction.parameters
    if not parameters.get("delivery"):
        return Target(lead_by_id(context, parameters.get("lead", "")), Via(key_of(context)))
    card = card_of(context, row_id(parameters["delivery"]), (LEAD, DEAL))
    everything = replace(view_of(context.session, context.actor, now()), sees=lambda _: True)
    lead = get_lead(everything, lead_key(card.change.entity, card.change.object_id))
    if lead is None:
        raise InvalidRequest(user_message=tr(TOO_OLD if card.change.entity == LEAD else NO_LEAD_NOW))
    via = Via(
        key_of(context),
        delivery_id=card.head.id,
        lane=card.head.lane,
        since=card.head.created_at or now(),
        seen=row_id(parameters.get("seen", "")) or 0,
        present=card.shown.id("owner_id"),
    )
    return Target(lead, via, card)


def lead_by_id(context: Context, lead_id: str) -> KnownLead:
    """Return a lead that the person may see. Raises NotFound."""
    found = get_lead(view_of(context.session, context.actor, now()), lead_id)
    if found is None:
        raise NotFound(user_message=tr(GONE))
    return found


def leads_by_words(context: Context, words: Sequence[str]) -> list[KnownLead]:
    """Return the leads that words or a pasted link mean.

    Raises InvalidRequest for no words, NotFound for none that the person may see.
    """
    typed = " ".join(words).strip()
    if not typed:
        raise InvalidRequest(user_message=tr("Which lead? Add words of its title, organization or person."))
    view = view_of(context.session, context.actor, now())
    pasted = object_in_url(typed, link_base(context.session, context.tenant_id))
    key = lead_key(*pasted) if pasted is not None and pasted[0] in (LEAD, DEAL) else typed
    if (exact := get_lead(view, key)) is not None:
        return [exact]
    found = find_leads(view, typed.split(), limit=MOST_CHOICES + 1)
    if not found.leads:
        raise NotFound(user_message=tr(NONE_FITS, typed=typed[:80]))
    return list(found.leads)


def one_lead(context: Context, words: Sequence[str]) -> KnownLead:
    """Return the one lead that words mean. Raises InvalidRequest for several, and as `leads_by_words`."""
    found = leads_by_words(context, words)
    if len(found) > 1:
        titles = [str(each.state.get("title") or "") for each in found[:MOST_CHOICES]]
        text = tr("Several leads fit: {titles}. Say more words.", titles=", ".join(titles))
        raise InvalidRequest(user_message=text)
    return found[0]


def act_on(
    context: Context, target: Target, act: Act, *args: Any, draw: Callable[[Context, str, str], Message]
) -> Reply:
    """Do something with a lead; answer with its card, or privately with what is missing.

    `draw` shows a lead by its id with a notice. Raises what `act` raises.
    """
    done = act(context.session, context.actor, target.lead, *args, target.via)
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    if done.outcome is PressOutcome.BEATEN:
        return tell_who_was_first(context, target.title, done.action)
    if target.card is not None:
        return show(context, target.card, done)
    notice = tr("It is being written to Pipedrive")
    if context.interaction.kind is InteractionKind.DIALOG_SUBMIT:
        return Close(f"{target.title}: {notice}")
    drawn = draw(context, target.lead.id, notice)
    return Update(drawn) if context.interaction.kind is InteractionKind.CLICK else Say(drawn)


def key_of(context: Context) -> str:
    """Return what names an interaction: the same for its repeats."""
    return context.interaction.key or uuid.uuid4().hex
