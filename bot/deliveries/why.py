"""Explains an event in Chat: finds the one that is meant, and says rule by rule what decided."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.event import object_link
from bot.cards.restricted import bare
from bot.context import Context
from bot.deliveries.held import HeldDelivery, read_held
from bot.deliveries.why_card import FoundObject, RuleRow, WhyView, choice_card, why_card
from bot.deliveries.words import outcome_text
from bot.rules.condition_words import field_label
from bot.text.changes import line, title_of, what_happened
from bot.text.format import ago
from bot.widgets import Message
from models.accounts.rights import Action
from models.clock import now
from models.connections.queries import link_base
from models.destinations.queries import space_titles
from models.errors import NotFound
from models.languages.translate import marked, tr, tr_plural, tr_stored, whole
from models.languages.words import meaning_of
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.conditions import NOT_TOUCHED
from models.pipedrive.filters.filters import ConditionResult
from models.pipedrive.names import NO_NAMES, Names
from models.rules.why.explain import Explanation, explain_event
from models.rules.why.find import FoundEvent, find_by_id, find_by_words, newest
from models.rules.why.verdicts import REDACTED, RuleVerdict, Verdict
from models.tables import Delivery
from models.tables.deliveries import DeliveryState
from models.tables.events import EventState

PAGE: Final = 8  # rules
MOST_LINES: Final = 12  # conditions of a rule
DEAL: Final = "deal"
_OTHER_NOUNS: Final = {
    "org": "organization",
    "company": "organization",
    "contact": "person",
    "task": "activity",
}
_LINK: Final = re.compile(
    r"https?://[\w.-]+/(deal|person|organization|leads/inbox)/([\w-]{1,64})/?(?:[?#].*)?"
)
_ID: Final = re.compile(r"#?(\d{1,18})|([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})", re.IGNORECASE)
_SIGNS: Final = {True: "✓", False: "✗", None: "?"}
_STATES: Final[dict[str, str]] = {
    EventState.NEW: marked("It has only just come; no rule has looked at it yet."),
    EventState.FAILED: marked(
        "Something went wrong in Pipenotify while it was read, so no rule looked at it."
    ),
    EventState.UNPARSED: marked("It could not be read, so no rule looked at it."),
    EventState.IGNORED: marked(
        "It is about something that Pipenotify does not know, so no rule looked at it."
    ),
    EventState.FOREIGN: marked(
        "It is of another Pipedrive company than this team's, so no rule looked at it."
    ),
}


@dataclass(frozen=True, slots=True)
class Places:
    """Where deliveries go: what spaces are called, and which deliveries quiet hours hold there."""

    titles: dict[str, str]
    held: dict[int, HeldDelivery]


def explain_words(context: Context, args: Sequence[str]) -> Message:
    """Explain the newest event of what the words mean: `[deal] 42`, `lead big fish`, a link of Pipedrive.

    Several that fit, and no words at all, are answered with a choice. Raises NotFound.
    """
    phrase = " ".join(args).strip()
    if not phrase:
        return _choose("", newest(context.session, context.actor, DEAL))
    for entity, words in _meanings(args):
        event_id = _by_id(context, entity, words)
        if event_id is not None:
            return draw_why(context, explain_event(context.session, context.actor, event_id))
        found = find_by_words(context.session, context.actor, entity, words)
        if len(found) == 1:
            return draw_why(context, explain_event(context.session, context.actor, found[0].event_id))
        if found:
            return _choose(words, found)
    raise NotFound(
        user_message=tr(
            "Nothing has happened lately to “{phrase}” that you may see. Say a deal's number or"
            " words of its title; for other things say what it is first: why lead Big fish.",
            phrase=phrase[:80],
        )
    )


def _meanings(args: Sequence[str]) -> list[tuple[str, str]]:
    """Return what may be meant, as (entity, words): a deal's title may begin with the word lead."""
    phrase = " ".join(args)
    if link := _LINK.fullmatch(phrase):
        return [("lead" if link[1].startswith("lead") else link[1], link[2])]
    first = meaning_of(args[0])
    noun = _OTHER_NOUNS.get(first, first.removesuffix("s") if first.removesuffix("s") in ENTITIES else first)
    as_deal = [(DEAL, phrase)]
    return [(noun, " ".join(args[1:])), *as_deal] if noun in ENTITIES and len(args) > 1 else as_deal


def _by_id(context: Context, entity: str, words: str) -> int | None:
    found = _ID.fullmatch(words)
    object_id = (found[1] or found[2].lower()) if found else words if " " not in words else ""
    return find_by_id(context.session, context.actor, entity, object_id) if object_id else None


def _choose(words: str, found: Sequence[FoundEvent]) -> Message:
    if not found:
        raise NotFound(user_message=tr("Nothing has happened to a deal lately that you may see here."))
    return choice_card(
        words, [FoundObject(each.event_id, line(each.change, NO_NAMES), _when(each)) for each in found]
    )


def _when(found: FoundEvent | Explanation) -> str:
    return ago(found.received_at, now())


def draw_why(context: Context, explained: Explanation, page: int = 1) -> Message:
    """Return the card of an explanation, one page of its rules."""
    held = read_held(context, [delivery for rule in explained.rules for delivery in rule.deliveries])
    places = Places(space_titles(context.session, context.tenant_id), held)
    first = (page - 1) * PAGE
    if first >= len(explained.rules):
        page, first = 1, 0
    may_open = context.actor.may(Action.RULE_READ)
    rows = [_rule_row(explained, each, places, may_open) for each in explained.rules[first : first + PAGE]]
    change, names = explained.change, explained.names
    view = WhyView(
        title=_title(change, names, explained.redacted),
        what=_what(change, names, explained.redacted),
        when=_when(explained),
        summary=_summary(explained),
        event=explained.event_id,
        rows=rows,
        notes=_notes(explained),
        page=page,
        more=len(explained.rules) > first + PAGE,
        earlier=explained.earlier,
        later=explained.later,
        link=object_link(change, link_base(context.session, context.tenant_id)) if change else "",
    )
    return why_card(view)


def _title(change: Change | None, names: Names, redacted: str) -> str:
    if change is None:
        return tr("an event that cannot be read")
    return bare(change) if redacted else title_of(change, names)


def _what(change: Change | None, names: Names, redacted: str) -> str:
    if change is None or redacted:
        return ""
    return line(change, names).removeprefix(f"{title_of(change, names)}: ") or what_happened(change, names)


def _summary(explained: Explanation) -> str:
    if explained.state != EventState.DONE:
        return tr(_STATES.get(explained.state, explained.outcome))
    looked, fired = len(explained.rules), sum(bool(each.deliveries) for each in explained.rules)
    if explained.redacted:
        return tr(
            "Not everybody may see it: {why}. So no values are shown.", why=tr_stored(explained.redacted)
        )
    if not looked:
        return tr("No rule is about this kind of event, so there was no card.")
    return f"{_looked_text(looked)}; {_fired_text(fired)}."


def _looked_text(count: int) -> str:
    return tr_plural("{count} rule looked at it", "{count} rules looked at it", count)


def _fired_text(count: int) -> str:
    return (
        tr("{count} of them wanted a card", count=whole(count)) if count else tr("none of them wanted a card")
    )


def _notes(explained: Explanation) -> list[str]:
    notes = []
    if explained.untold:
        notes.append(
            tr_plural(
                "{count} more rule looked at it, which are not yours to see here.",
                "{count} more rules looked at it, which are not yours to see here.",
                explained.untold,
            )
        )
    if explained.others:
        notes.append(
            tr_plural(
                "{count} rule is about other kinds of events.",
                "{count} rules are about other kinds of events.",
                explained.others,
            )
        )
    if any(each.is_changed and not each.is_new for each in explained.rules):
        notes.append(tr("Conditions are checked as the rules are today."))
    return notes


def _rule_row(explained: Explanation, rule: RuleVerdict, places: Places, may_open: bool) -> RuleRow:
    change = explained.change
    conditions = [_condition_text(each, change, explained.names) for each in rule.conditions]
    if len(conditions) > MOST_LINES:
        conditions = [
            *conditions[:MOST_LINES],
            tr("and {count} more conditions", count=len(conditions) - MOST_LINES),
        ]
    outcomes = [f"→ {_outcome(each, places, explained.folded or {})}" for each in rule.deliveries]
    lines = (*filter(None, [_since_text(rule)]), *conditions, *outcomes)
    number = str(rule.rule_id) if rule.rule_id is not None and may_open else ""
    return RuleRow(rule.name, _icon(rule), _verdict_text(rule), lines, number)


def _outcome(delivery: Delivery, places: Places, folded: dict[str, int]) -> str:
    where = places.titles.get(delivery.destination_name, delivery.destination_name)
    held = places.held[delivery.id].text if delivery.id in places.held else ""
    return outcome_text(delivery, where, folded.get(delivery.message_key or "", 0), held)


def _icon(rule: RuleVerdict) -> str:
    if rule.verdict is Verdict.FIRED:
        states = {each.state for each in rule.deliveries}
        if DeliveryState.DELIVERED in states:
            return "sent"
        return "stopped" if states <= {DeliveryState.SKIPPED, DeliveryState.DEAD} else "waits"
    other = {Verdict.FITS_NOW: "fits", Verdict.UNDECIDABLE: "unsure", Verdict.OFF: "off"}
    return other.get(rule.verdict, "no")


def _verdict_text(rule: RuleVerdict) -> str:
    match rule.verdict:
        case Verdict.FIRED:
            return (
                tr("Wanted a card")
                if rule.rule_id is not None
                else tr("Wanted a card, and was deleted since")
            )
        case Verdict.FITS_NOW:
            return tr("No card then: {why}", why=_why_not_then(rule))
        case Verdict.OFF:
            return tr("Switched off") if rule.holds else tr("Switched off, and would not fire")
        case Verdict.UNDECIDABLE:
            why = tr("No card: cannot be decided")
            return f"{why}, {tr_stored(rule.why)}" if rule.why else why
        case Verdict.NOT_MET:
            return tr("No card: its conditions do not hold")


def _why_not_then(rule: RuleVerdict) -> str:
    if rule.is_new:
        return tr("the rule was made later")
    if rule.posts_nowhere:
        return tr("the rule posts nowhere")
    return tr("the rule was changed since") if rule.is_changed else tr("what is known now was not known then")


def _since_text(rule: RuleVerdict) -> str:
    if rule.verdict is Verdict.FIRED and rule.is_off:
        return tr("It was switched off since.")
    if rule.verdict is Verdict.FITS_NOW or not rule.is_changed or rule.rule_id is None:
        return ""
    return tr("The rule was made later.") if rule.is_new else tr("The rule was changed since.")


def _condition_text(condition: ConditionResult, change: Change | None, names: Names) -> str:
    """Return a condition with its sign and what was found: `✗ Value is at least 10,000 (found: 5,000)`."""
    field, _, rest = condition.words.partition(" ")
    words = condition.words
    if change is not None and field in ENTITIES[change.entity].fields:
        words = f"{field_label(field, [f'{change.entity}.updated'], names)} {rest}"
    found = f" ({_found_text(condition)})" if condition.why else ""
    indent = "\u2003" * condition.depth
    return f"{indent}{_SIGNS[condition.holds]} {words}{found}"


def _found_text(condition: ConditionResult) -> str:
    """Return the value that a condition found, the change that it compared, or why it cannot be decided."""
    if condition.why == NOT_TOUCHED:
        return tr("it was not changed")
    says_itself = condition.holds is None or condition.why.startswith("from ") or condition.why == REDACTED
    return tr_stored(condition.why) if says_itself else tr("found: {value}", value=condition.why)
