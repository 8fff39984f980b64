"""Draws destinations, and the answers to what commands and buttons do with them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from bot.cards.done import done_card
from bot.context import Context
from bot.destinations.cards import (
    DestinationFacts,
    destination_card,
    destinations_card,
    fallback_dialog,
    remove_dialog,
    test_dialog,
)
from bot.lookup import destination_by_id, title_of
from bot.text.format import ago, listed
from bot.widgets import Button, Card, Message, Option, press
from bot.widgets.inputs import MOST_OPTIONS
from models.accounts import permissions
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.clock import now
from models.deliveries.actions import (
    check_testable,
    link_space_and_notify,
    readdress_and_notify,
    remove_destination_and_notify,
    send_test_card,
)
from models.deliveries.reasons import plain_reason
from models.destinations import actions
from models.destinations.configured import missing_setting, missing_text
from models.destinations.fallback import WITH_FALLBACK, possible_fallbacks
from models.destinations.health import BreakerState, Failing, failing_of
from models.destinations.queries import (
    destination_names,
    last_delivered,
    list_chosen_destinations,
    rule_names_by_destination,
    rules_naming,
    space_titles,
)
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_stored
from models.pipedrive.readable import fold_name
from models.tables import Destination
from models.tables.destinations import NAMED_BY_PEOPLE, PAUSED_BY

PAGE: Final = 10
KINDS: Final = {
    "chat_space": marked("Google Chat space"),
    "chat_webhook": marked("Incoming webhook"),
    "chat_dm": marked("Direct message"),
    "email": marked("E-mail"),
    "webhook": marked("Outgoing webhook"),
}


def draw_page(context: Context, page: int = 1, find: str = "") -> Message:
    """Return one page of the tenant's destinations, or of those that have `find` in their names."""
    only_space = permissions.only_space(context.actor, Action.SPACE_READ)
    found = list_chosen_destinations(context.session, context.tenant_id, only_space=only_space)
    if wanted := fold_name(find):
        titles = space_titles(context.session, context.tenant_id)
        found = [each for each in found if wanted in fold_name(titles.get(each.name, each.name))]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(page, 1), pages)
    facts = _read_facts(context, found[(page - 1) * PAGE : page * PAGE])
    return destinations_card(
        facts,
        page=page,
        pages=pages,
        total=len(found),
        find=find,
        may_add=context.offers(Action.SPACE_LINK, Feature.WEBHOOKS),
    )


def lacks_addresses(context: Context) -> bool:
    """Return whether the plan alone keeps the person from adding a webhook or an e-mail address."""
    return context.actor.may(Action.WEBHOOK_ADD) and not context.offers(Action.WEBHOOK_ADD)


def draw_destination(
    context: Context, destination: Destination, *, is_new: bool = False, was_missed: bool = False
) -> Message:
    (facts,) = _read_facts(context, [destination])
    may_edit = context.actor.may(Action.SPACE_CHANGE)
    return destination_card(facts, may_edit=may_edit, is_new=is_new, was_missed=was_missed)


def gone_card(_context: Context) -> Message:
    """Return the answer to a button of a destination that was removed meanwhile."""
    detail = tr("It was removed. Rules that posted only there are switched off.")
    return done_card(
        tr("This is gone"), detail, buttons=[Button(tr("Where rules post"), press("space.list"))]
    )


def _read_facts(context: Context, found: Sequence[Destination]) -> list[DestinationFacts]:
    session, tenant_id = context.session, context.tenant_id
    titles, rules = space_titles(session, tenant_id), rule_names_by_destination(session, tenant_id, found)
    last = last_delivered(session, tenant_id, found)
    lacks = lacks_addresses(context)
    failing = {each.destination_id: each for each in failing_of(session, tenant_id)}
    others = destination_names(session, tenant_id, [each.fallback_id for each in found])
    return [
        DestinationFacts(
            id=str(each.id),
            name=titles.get(each.name, each.name),
            kind=tr(KINDS.get(each.kind, each.kind)),
            rules=rules[each.id],
            paused="" if each.is_active else _paused_text(each),
            has_address=each.kind in NAMED_BY_PEOPLE and not lacks,
            last=ago(last[each.id], now()) if each.id in last else "",
            failing=failing_text(failing[each.id], now()) if each.id in failing else "",
            has_fallback=each.kind in WITH_FALLBACK,
            unavailable=missing_text(missing_setting(session, each.kind)),
            fallback=titles.get(others.get(each.fallback_id or 0, ""), others.get(each.fallback_id or 0, "")),
        )
        for each in found
    ]


def failing_text(failing: Failing, at: datetime) -> str:
    """Return why cards do not arrive: `Google did not answer (first 5 minutes ago); next try in 1 minute`."""
    why, first = tr_stored(plain_reason(failing.error)), ago(failing.since, at)
    if failing.state(at) is BreakerState.OPEN and failing.open_until is not None:
        again = ago(failing.open_until, at)
        return tr("{why} (first {ago}); next try {again}", why=why, ago=first, again=again)
    return tr("{why} (first {ago}); the next card tries again", why=why, ago=first)


def _paused_text(destination: Destination) -> str:
    """Return why nothing is sent there: `by ada@example.com`, `the webhook was removed in its space`."""
    because = (destination.paused_because or "").removeprefix(PAUSED_BY)
    if (destination.paused_because or "").startswith(PAUSED_BY):
        return tr("by {who}", who=because)
    return tr_stored(plain_reason(because)) or tr("by a person")


def link_this_space(context: Context) -> Message:
    """Let rules post into the space of this interaction. Doing so twice changes nothing.

    Raises InvalidRequest in a direct message.
    """
    here = context.interaction.space
    if here.is_dm:
        raise InvalidRequest(
            user_message=tr("This is a direct message. Say it in the space where cards shall appear.")
        )
    is_linked = context.actor.is_certain
    if not is_linked:
        link_space_and_notify(
            context.session, context.actor, here.name, here.title, lets_outsiders_in=here.lets_outsiders_in
        )
    what = tr("This space is linked already") if is_linked else tr("This space is linked")
    detail = tr("Rules of {team} may post here.", team=context.actor.tenant_name)
    buttons = [Button(tr("Rules"), press("rule.list"))]
    if context.actor.may(Action.RULE_MAKE):
        buttons.insert(0, Button(tr("New rule"), press("rule.new", dialog=True), primary=True))
    return done_card(what, detail, buttons=buttons)


def test_destination(context: Context, destination: Destination) -> Message:
    send_test_card(context.session, context.actor, destination)
    context.wake_worker = True
    back = Button(tr("Back"), press("space.show", place=destination.id), primary=True)
    return done_card(
        tr("A test card is on the way"),
        tr("To {place}.", place=title_of(context, destination)),
        buttons=[back],
    )


def pause_destination(context: Context, destination: Destination) -> Message:
    actions.pause_destination(context.session, context.actor, destination)
    return draw_destination(context, destination)


def resume_destination(context: Context, destination: Destination) -> Message:
    was_paused = not destination.is_active
    actions.resume_destination(context.session, context.actor, destination)
    context.wake_worker = True
    return draw_destination(context, destination, was_missed=was_paused)


def rename_destination(context: Context, destination: Destination, name: str) -> Message:
    actions.edit_webhook(context.session, context.actor, destination, name=name)
    return draw_destination(context, destination)


def ask_to_test(context: Context, destination: Destination) -> Card:
    """Return the dialog before a test card is posted. Raises InvalidRequest for a paused destination."""
    check_testable(context.session, destination)
    return test_dialog(destination.id, title_of(context, destination))


def give_new_address(context: Context, destination: Destination, url: str, secret: str = "") -> Message:
    """Give a destination another address; its rules stay.

    Raises InvalidRequest, NotAllowed (see `readdress`).
    """
    readdress_and_notify(context.session, context.actor, context.deps.vault, destination, url, secret)
    return draw_destination(context, destination, is_new=True, was_missed=True)


def ask_for_fallback(context: Context, destination: Destination, problem: str = "") -> Card:
    """Return the dialog that chooses a destination's fallback. Raises InvalidRequest for a person."""
    if destination.kind not in WITH_FALLBACK:
        raise InvalidRequest(user_message=tr("People have no fallback, and are none."))
    titles = space_titles(context.session, context.tenant_id)
    known = possible_fallbacks(context.session, destination)
    known.sort(key=lambda each: each.id != destination.fallback_id)  # the present one is always shown
    options = [
        Option(str(each.id), titles.get(each.name, each.name), each.id == destination.fallback_id)
        for each in known[: MOST_OPTIONS - 1]
    ]
    left_out = len(known) - len(options)
    return fallback_dialog(
        destination.id, title_of(context, destination), options, problem, left_out=left_out
    )


def choose_fallback(context: Context, destination: Destination, id: str) -> Message:
    """Let cards go to the destination of this id while this one refuses them; an empty id is nowhere.

    Raises InvalidRequest (see `actions.choose_fallback`), also where that one was removed meanwhile.
    """
    other = destination_by_id(context, id) if id else None
    if id and other is None:
        raise InvalidRequest(user_message=tr("That destination was removed meanwhile. Choose another one."))
    actions.choose_fallback(context.session, context.actor, destination, other.name if other else "")
    return draw_destination(context, destination)


def ask_to_remove(context: Context, destination: Destination) -> Card:
    """Return the dialog before a destination is removed, naming the rules that lose it."""
    rules = rules_naming(context.session, context.tenant_id, destination)
    return remove_dialog(destination.id, title_of(context, destination), rules)


def remove_destination(context: Context, destination: Destination) -> Message:
    name = title_of(context, destination)
    rules = remove_destination_and_notify(context.session, context.actor, destination)
    lost = tr("{names} no longer post there.", names=listed(rules, most=10)) if rules else ""
    return done_card(
        tr("{name} is removed", name=name), lost, buttons=[Button(tr("All"), press("space.list"))]
    )
