"""The card of a delivery, as it was sent and as it is drawn again when somebody has acted on it."""

import html
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.cards.actions import ShownState, offered, with_deeds
from bot.cards.event import CustomTemplate, event_card
from bot.cards.template import template
from bot.text.format import listed
from bot.text.headline import notification
from bot.text.scores import reason_texts, score_text
from bot.widgets import Fact, Icon, Message, Text
from models.card_actions.queries import ShownAction
from models.deliveries.claimed import ClaimedDelivery
from models.languages.translate import tr
from models.leads.score import Scored
from models.pipedrive.change import Change
from models.pipedrive.deal_leads import DEAL, LEAD, is_lead_deal
from models.pipedrive.local_time import NO_ZONE, in_zone
from models.pipedrive.name_refs import owner_of
from models.pipedrive.names import Names
from models.recipients.mentioned import MentionedPeople

SHOWN_REASONS: Final = 2


def delivered_card(  # noqa: PLR0913 - what is shown, and how it is to be drawn
    head: ClaimedDelivery,
    change: Change,
    names: Names,
    *,
    link_base: str = "",
    timezone: str = NO_ZONE,
    actions: Sequence[ShownAction] = (),
    lead_pipelines: Collection[str] = (),
) -> Message:
    """Return the card of a delivery that shows its object; `actions` are what was done on it since.

    `lead_pipelines` are those whose deals are leads of the team.
    """
    names, is_lead = (
        visible_names(head, names),
        change.entity == DEAL and is_lead_deal(change.after, lead_pipelines),
    )
    card = event_card(
        in_zone(as_matched(change, head.event_type), timezone),
        names,
        look=_choose_template(head),
        rule_name=head.rule_name,
        link_base=link_base,
        actions=offered(head, ShownState(as_matched(change, head.event_type), actions, is_lead)),
    )
    return with_deeds(card, actions, names, timezone)


def owner_to_mention(head: ClaimedDelivery, change: Change | None) -> str | None:
    """Return the id of the owner whom a delivery mentions, None for nobody.

    Of a restricted object nobody is told, not even whose it is.
    """
    if change is None or not head.mentions_owner or head.redacted_because:
        return None
    return owner_of(change)


def with_owner(
    message: Message, head: ClaimedDelivery, change: Change, names: Names, mentions: Mapping[str, str]
) -> Message:
    """Mention the owner of the object if the rule wants it, or name one whom nobody knows in Chat.

    `mentions` are Chat's names of people, by their ids in Pipedrive.
    """
    owner = owner_to_mention(head, change)
    if owner is not None and owner in mentions:
        return replace(message, mentions=(mentions[owner],))
    name = names.text("user", owner) if owner is not None else None
    return _naming(message, name) if name else message


def with_others(message: Message, others: MentionedPeople) -> Message:
    """Mention others whom the record names, and name those whom nobody knows in Chat."""
    if others.chat_names:
        people = dict.fromkeys((*message.mentions, *others.chat_names))
        message = replace(message, mentions=tuple(people))
    if not others.unknown:
        return message
    return _with_line(message, tr("For {people}", people=listed(list(others.unknown), most=5)))


def shows_score(head: ClaimedDelivery, change: Change, lead_pipelines: Collection[str] = ()) -> bool:
    """Tell whether the card of a delivery shows the score of its lead; that of a restricted one does not."""
    is_deal = change.entity == DEAL and is_lead_deal(change.after, lead_pipelines)
    is_lead = change.entity == LEAD and change.action != "deleted"
    return (is_lead or is_deal) and not head.redacted_because


def with_score(message: Message, score: Scored | None) -> Message:
    """Add the score of a lead to its card, with its band and its two weightiest reasons; nothing for none."""
    if score is None or message.card is None:
        return message
    body, *rest = message.card.sections
    reasons = " · ".join(reason_texts(score.reasons)[:SHOWN_REASONS])
    fact = Fact(score_text(score.score, score.band), below=reasons, icon=Icon("speed", tr("Score")))
    scored = replace(body, widgets=[*body.widgets, fact])
    return replace(message, card=replace(message.card, sections=[scored, *rest]))


def _naming(message: Message, owner: str) -> Message:
    """Name the owner on a line of the card, unless it does already."""
    return _with_line(message, tr("Owner: {owner}", owner=owner))


def _with_line(message: Message, line: str) -> Message:
    if message.card is None:
        return message
    body, *rest = message.card.sections
    if any(isinstance(each, Text) and line in html.unescape(each.text) for each in body.widgets):
        return message
    named = replace(body, widgets=[*body.widgets, Text(line)])
    return replace(message, card=replace(message.card, sections=[named, *rest]))


def thread_line(head: ClaimedDelivery, change: Change, names: Names, *, timezone: str = NO_ZONE) -> Message:
    """Return the line for the thread of an object whose news came at the end of the space."""
    words = notification(in_zone(as_matched(change, head.event_type), timezone), visible_names(head, names))
    return Message(None, words, head.line_key, words, is_silent=True, only_replies=True)


def visible_names(head: ClaimedDelivery, names: Names) -> Names:
    """Leave out the names of restricted objects, unless the rule shows them."""
    return names if head.shows_restricted else names.for_everybody()


def as_matched(change: Change, event_type: str) -> Change:
    """Keep the event type that the rule matched: names known since then do not turn it into another."""
    if event_type in change.types or not event_type:
        return change
    return replace(change, types=(*change.types, event_type))


@dataclass(frozen=True, slots=True)
class _Liquid:
    """A tenant's own template, compiled when rendered: a source that is no longer allowed fails then."""

    source: str

    def render(self, change: Change, names: Names, link: str) -> str:
        return template(self.source).render(change, names, link)


def _choose_template(head: ClaimedDelivery) -> str | CustomTemplate:
    source = head.liquid or head.template
    if head.look != "custom" or not source:
        return head.look or "compact"
    return _Liquid(source)
