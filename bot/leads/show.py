"""Draws the card of a lead and the list of leads for whoever asks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from bot.attention.places import person_zone
from bot.cards.event import object_link
from bot.command_line import join_words
from bot.context import Context
from bot.deals.show import link_base
from bot.leads.cards import LeadRow, ShownLead, history_text, lead_card, leads_card
from bot.leads.find import MOST_CHOICES, lead_by_id, leads_by_words
from bot.text.changes import title_of, value_of
from bot.text.contacts import linked
from bot.text.format import ago, day, moment
from bot.text.scores import reason_texts
from bot.widgets import Button, Link, Message, press
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr, tr_in
from models.languages.words import meaning_of
from models.leads.actions import status_text
from models.leads.history import list_history
from models.leads.queries import KnownLead, LeadFilter, activities_of, list_leads, view_of
from models.leads.scoring import reasons_for
from models.leads.weights import BAND_TEXTS
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.local_time import in_zone
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES, Names
from models.stalled.queries import get_known, names_for
from models.tables.leads import LeadStatus

PAGE: Final = 8
LINES: Final = 5
ACTIVITIES: Final = 5
_FACTS: Final = ("value", "organization", "source_name", "owner", "label", "expected_close_date")
_OF_DEALS: Final = ("pipeline", "stage")
_BANDS: Final = tuple(BAND_TEXTS)
_STATUSES: Final = tuple(str(each) for each in LeadStatus)


def draw_lead(context: Context, lead_id: str, notice: str = "") -> Message:
    """Return the card of a lead. Raises NotFound."""
    return _draw(context, lead_by_id(context, lead_id), notice)


def show_leads(context: Context, words: Sequence[str]) -> Message:
    """Return the lead that is meant, or those that fit. Raises InvalidRequest, NotFound."""
    found = leads_by_words(context, words)
    if len(found) == 1:
        return _draw(context, found[0])
    shown = found[:MOST_CHOICES]
    hint = tr("There are more. Say another word.") if len(found) > len(shown) else ""
    rows = _rows(context, shown)
    return leads_card(tr("Leads that fit"), rows, len(found), pages=(), empty="", hint=hint)


def read_filter(context: Context, words: Sequence[str]) -> LeadFilter:
    """Read `[mine | unassigned | hot | snoozed | contacted] [words]`; what is none of these is searched for.

    Raises InvalidRequest for `mine` of somebody whom nobody matched with a user of Pipedrive.
    """
    wanted, rest = LeadFilter(), list(words)
    while rest:
        meant = meaning_of(rest[0])
        if meant in ("mine", "my", "me"):
            owner = view_of(context.session, context.actor, now()).viewer_id
            if owner is None:
                text = tr("You are not matched with a user of Pipedrive yet. Say /pipenotify connect me.")
                raise InvalidRequest(user_message=text)
            wanted = replace(wanted, owner_id=owner)
        elif meant in ("unassigned", "free"):
            wanted = replace(wanted, unassigned=True)
        elif meant in _BANDS:
            wanted = replace(wanted, band=meant)
        elif meant == "snoozed":
            wanted = replace(wanted, snoozed=True)
        elif meant in _STATUSES:
            status = LeadStatus(meant)
            is_over = status in (LeadStatus.CONVERTED, LeadStatus.LOST)
            wanted = replace(wanted, status=status, closed=is_over)
        elif meant != "all":
            break
        rest = rest[1:]
    return replace(wanted, words=tuple(rest))


def draw_list(context: Context, words: Sequence[str], page: int = 1) -> Message:
    """Return a page of the leads that words ask for, the best first. Raises InvalidRequest."""
    wanted, view = read_filter(context, words), view_of(context.session, context.actor, now())
    found = list_leads(view, wanted, limit=PAGE, offset=(page - 1) * PAGE)
    if not found.leads and found.total and page > 1:
        return draw_list(context, words, 1)
    rows = _rows(context, found.leads)
    resting = list_leads(view, replace(wanted, snoozed=True), limit=0).total if not wanted.snoozed else 0
    hint = tr("Put off: {count}. /pipenotify lead list snoozed shows them.", count=resting) if resting else ""
    pages = _pages(words, page, found.total)
    title = tr("Leads: {words}", words=" ".join(words)[:80]) if words else tr("Leads")
    return leads_card(title, rows, found.total, pages=pages, empty=_nothing(wanted), hint=hint)


def _pages(words: Sequence[str], page: int, total: int) -> list[Button]:
    typed, buttons = join_words(words), []
    if page > 1:
        buttons.append(Button(tr("Previous"), press("lead.list", page=page - 1, words=typed)))
    if page * PAGE < total:
        buttons.append(Button(tr("Next"), press("lead.list", page=page + 1, words=typed)))
    return buttons


def _nothing(wanted: LeadFilter) -> str:
    if wanted == LeadFilter():
        return tr("No lead waits. A new one comes here when Pipedrive tells of it; lead new makes one.")
    return tr("No lead fits. /pipenotify lead list shows all that are open.")


def _rows(context: Context, leads: Sequence[KnownLead]) -> list[LeadRow]:
    names = _names(context, [each.known.change for each in leads])
    return [_row(each, names) for each in leads]


def _row(lead: KnownLead, names: Names) -> LeadRow:
    change = lead.known.change
    keys = ("value", "organization", "person", "stage" if lead.is_deal else "source_name")
    parts = [value_of(change, names, key) for key in keys]
    above = " · ".join(filter(None, (*_standing(lead), value_of(change, names, "owner"))))
    return LeadRow(lead.id, title_of(change, names), above, " · ".join(filter(None, parts)))


def _standing(lead: KnownLead) -> list[str]:
    """Return score, band and status of a lead in words."""
    row = lead.row
    score = [tr("score {score}", score=row.score)] if row.score is not None else []
    band = [tr_in("lead", BAND_TEXTS[row.band])] if row.band in BAND_TEXTS else []
    return [*score, *band, status_text(LeadStatus(row.status))]


def _draw(context: Context, lead: KnownLead, notice: str = "") -> Message:
    session, zone = context.session, person_zone(context)
    view = view_of(session, context.actor, now())
    lines = list_history(session, lead.ref, limit=LINES)
    named = {
        (kind, str(each.details[key]))
        for each in lines
        for kind, key in (("user", "owner_id"), ("pipeline", "pipeline_id"))
        if each.details.get(key)
    }
    change = in_zone(lead.known.change, zone)
    names = _names(context, [change], named)
    fields = ENTITIES[change.entity].fields
    keys = (*_OF_DEALS, *_FACTS) if lead.is_deal else _FACTS
    facts = [(tr(fields[key].label), value_of(change, names, key)) for key in keys]
    if lead.row.snoozed_until is not None and lead.row.snoozed_until > now():
        until = f"{moment(lead.row.snoozed_until, zone)}: {lead.row.snooze_reason}"
        facts.append((tr("Put off until"), until))
    activities = [
        (ago(each.changed_at, now()), title_of(each.change, NO_NAMES))
        for each in activities_of(view, lead, limit=ACTIVITIES)
    ]
    shown = ShownLead(
        id=lead.id,
        title=title_of(change, names),
        subtitle=" · ".join([tr("Deal, a lead") if lead.is_deal else tr("Lead"), *_standing(lead)]),
        contacts=_contacts(context, change, names),
        facts=facts,
        reasons=reason_texts(reasons_for(session, lead.ref)),
        activities=activities,
        history=[(ago(each.at, now()), history_text(each, names, _until)) for each in lines],
        notice=notice,
    )
    return lead_card(shown, *_buttons(context, lead))


def _contacts(context: Context, change: Change, names: Names) -> str:
    """Return the person of a lead with mail and telephone as links, as far as whoever asks may see them."""
    person = change.state.get("person_id")
    name = value_of(change, names, "person")
    sees = view_of(context.session, context.actor, now()).sees
    known = get_known(context.session, context.tenant_id, "person", str(person or ""), sees, now())
    if known is None:
        return ""
    texts = (value_of(known.change, NO_NAMES, key) for key in ("emails", "phones"))
    words = " · ".join(filter(None, (name or title_of(known.change, NO_NAMES), *texts)))
    return linked(words, known.change)


def _until(text: str) -> str:
    try:
        return day(datetime.fromisoformat(text).date())
    except ValueError:
        return ""


def _names(context: Context, changes: Sequence[Change], more: Collection[tuple[str, str]] = ()) -> Names:
    pairs = set(more).union(*(refs_in(each) for each in changes))
    return names_for(context.session, context.tenant_id, pairs)


def _buttons(context: Context, lead: KnownLead) -> tuple[list[Button], list[Button]]:
    """Return the visible buttons, and those in the menu, of what the person may do."""
    link = object_link(lead.known.change, link_base(context.session, context.tenant_id))
    opener = [Button(tr("Open in Pipedrive"), Link(link))] if link else []
    if lead.deal_id and lead.row.status == LeadStatus.CONVERTED:
        return [Button(tr("Show the deal"), press("deal.show", deal=lead.deal_id), primary=True)], []
    if not (context.actor.may(Action.CARD_PRESS) and lead.row.is_open):
        return opener, []
    claim = Button(tr_in("button", "Claim"), press("lead.claim", lead=lead.id), primary=True)
    contacted = Button(tr_in("button", "Contacted"), press("lead.contacted", lead=lead.id))
    is_mine = lead.row.owner_id == view_of(context.session, context.actor, now()).viewer_id
    is_contacted = lead.row.status != LeadStatus.NEW
    asked = [
        Button(tr_in("button", "Assign"), press("lead.assign", dialog=True, lead=lead.id)),
        Button(tr_in("button", "Not now"), press("lead.snooze", dialog=True, lead=lead.id)),
        Button(
            tr_in("button", "Move on") if lead.is_deal else tr_in("button", "Convert"),
            press("lead.convert", dialog=True, lead=lead.id),
        ),
        Button(tr_in("button", "Note"), press("lead.note", dialog=True, lead=lead.id)),
        Button(tr_in("button", "Follow-up"), press("lead.activity", dialog=True, lead=lead.id)),
    ]
    first = [*([] if is_mine else [claim]), *([] if is_contacted else [contacted])]
    row = [*first, *asked]
    return row[:2], [*row[2:], *opener]
