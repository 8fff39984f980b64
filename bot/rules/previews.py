"""A test of a rule: the card of a chosen real event, seen by the asking person alone until it is posted."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.cards.event import event_card
from bot.context import Context
from bot.rules.backtests import ANSWER_S
from bot.rules.dialog.outlook import look_of
from bot.rules.show import titles_of
from bot.text.changes import title_of, what_happened
from bot.text.format import ago, listed
from bot.widgets import Button, Buttons, Card, Choice, Message, Option, Press, Section, Text, Widget, press
from models.accounts.queries import get_tenant
from models.clock import now
from models.connections.names import known_names
from models.connections.queries import get_connection
from models.database.engine import Session
from models.database.row_ids import row_id
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.pipedrive.change import Change, read
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.local_time import in_zone
from models.pipedrive.names import Names
from models.rules import actions
from models.rules.backtest import Example, Limits, backtest
from models.rules.drafts import RuleDraft
from models.rules.sample_event import made_up_body
from models.rules.save import read_draft
from models.tables import Rule

DAYS: Final = 30
CHOICES: Final = 10
CHOICE: Final = "event"  # the name of the drop-down


def preview_card(context: Context, rule: Rule, event_id: int | None = None) -> Message:
    """Return the card of an event that fits the rule, the newest unless `event_id` chooses another.

    Raises InvalidRequest where no destination of the rule takes cards. Restricted objects are left out,
    because everybody in the destinations would see the test.
    """
    where = listed(titles_of(context, actions.check_testable(context.session, rule)), most=10)
    examples, names = open_examples(context, read_draft(context.session, rule))
    chosen = next((each for each in examples if each.event_id == event_id), next(iter(examples), None))
    change = chosen.change if chosen else made_up(rule.event_types[0])
    drawn = _draw_event(context, rule, change, names)
    head: list[Widget] = [Text(_intro(chosen, where))]
    if len(examples) > 1 and chosen:
        head.append(_choice(rule, examples, chosen, names))
    event = {CHOICE: str(chosen.event_id)} if chosen else {}
    posting = Press("rule.test", {"rule": str(rule.id), **event})
    buttons = [
        Button(tr("Post it"), posting, primary=True),
        Button(tr("Back to the rule"), press("rule.show", rule=rule.id)),
    ]
    card = Card(
        f"TEST · {drawn.title}",
        drawn.subtitle,
        [Section(head), *drawn.sections, Section([Buttons(*buttons)])],
        card_id="rule-preview",
    )
    return Message(card, fallback_text=tr("Test of the rule {name}", name=rule.name))


def chosen_event(context: Context) -> int | None:
    """Return the event that was chosen in the drop-down, or that the button names."""
    picked = context.interaction.inputs.get(CHOICE) or [context.interaction.parameters.get(CHOICE, "")]
    return row_id(picked[0])


def open_examples(context: Context, draft: RuleDraft) -> tuple[list[Example], Names]:
    """Return the newest events that fit a rule and that everybody may see, with the names in them."""
    return find_open_examples(context.session, context.tenant_id, draft)


def find_open_examples(session: Session, tenant_id: int, draft: RuleDraft) -> tuple[list[Example], Names]:
    """Return as `open_examples`, for a tenant."""
    limits = Limits(seconds=ANSWER_S, examples=CHOICES, enough=True)
    since = now() - timedelta(days=DAYS)
    try:
        found = backtest(session, tenant_id, draft, since, limits)
    except InvalidFilter:
        return [], known_names(session, tenant_id).for_everybody()
    return [each for each in found.examples if not each.redacted_because], found.names


def made_up(event_type: str) -> Change:
    """Return an example of an event. Raises InvalidRequest for a type that has none."""
    change = read(made_up_body(event_type))
    if change is None:
        raise InvalidRequest(user_message=tr("There is no example of such an event."))
    return change


def _draw_event(context: Context, rule: Rule, change: Change, names: Names) -> Card:
    zone = get_tenant(context.session, context.tenant_id).timezone
    connection = get_connection(context.session, context.tenant_id)
    base = f"https://{connection.domain}" if connection and connection.domain else ""
    look = look_of(context, read_draft(context.session, rule))
    message = event_card(in_zone(change, zone), names, look=look, rule_name=rule.name, link_base=base)
    return message.card or Card(rule.name)


def _intro(chosen: Example | None, where: str) -> str:
    what = (
        tr("It is the newest event that fits")
        if chosen
        else tr("No stored event fits, so it is a made-up one")
    )
    when = f", {ago(chosen.at, now())}" if chosen else ""
    return tr(
        "Only you see this. {what}. Post it, and it goes to {places} at once, marked TEST.",
        what=what + when,
        places=where,
    )


def _choice(rule: Rule, examples: Sequence[Example], chosen: Example, names: Names) -> Choice:
    options = [
        Option(
            str(each.event_id),
            f"{title_of(each.change, names)}: {what_happened(each.change, names)}, {ago(each.at, now())}",
            each.event_id == chosen.event_id,
        )
        for each in examples
    ]
    return Choice(CHOICE, tr("Event"), options, on_change=press("rule.preview", rule=rule.id))
