"""What people do with leads by words: which lead, and what, in one line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Final

from bot.attention.places import person_zone
from bot.card_actions.choices import people_of
from bot.chat.reply import Reply
from bot.context import Context
from bot.leads.find import Target, act_on, key_of, one_lead
from bot.leads.show import draw_lead
from bot.text.format import escape, listed
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr, tr_in
from models.languages.words import meaning_of
from models.leads.actions import (
    STATUS_TEXTS,
    Via,
    assign_lead,
    claim_lead,
    convert_lead,
    note_on_lead,
    set_status,
    snooze_lead,
)
from models.pipedrive.readable import fold_name
from models.tables.leads import LeadStatus
from models.waits.when import read_moment

TO: Final = ("to", "on")  # German says `an`, which is `on` elsewhere
LINKS: Final = ("to", "as", "is")
UNTIL: Final = "until"
SET: Final = (LeadStatus.CONTACTED, LeadStatus.QUALIFIED, LeadStatus.CONVERTED, LeadStatus.LOST)


def claim_by_words(context: Context, words: Sequence[str]) -> Reply:
    return act_on(context, _target(context, words), claim_lead, draw=draw_lead)


def convert_by_words(context: Context, words: Sequence[str]) -> Reply:
    return act_on(context, _target(context, words), convert_lead, draw=draw_lead)


def assign_by_words(context: Context, words: Sequence[str]) -> Reply:
    """Read `<lead> to <person>`. Raises InvalidRequest for an unknown person."""
    at = next((n for n in range(len(words) - 1, 0, -1) if meaning_of(words[n]) in TO), 0)
    if not at or at == len(words) - 1:
        raise InvalidRequest(user_message=tr("Who takes it? Say the lead, “to”, and the person."))
    owner = _person(context, " ".join(words[at + 1 :]))
    return act_on(context, _target(context, words[:at]), assign_lead, owner, draw=draw_lead)


def status_by_words(context: Context, words: Sequence[str]) -> Reply:
    """Read `<lead> contacted`; the status is the last word. Raises InvalidRequest for none."""
    by_word = {str(each): each for each in SET} | {
        fold_name(tr_in("lead", STATUS_TEXTS[each])): each for each in SET
    }
    status = by_word.get(meaning_of(words[-1])) or by_word.get(fold_name(words[-1])) if words else None
    if status is None:
        known = listed([tr_in("lead", STATUS_TEXTS[each]) for each in SET], most=len(SET))
        raise InvalidRequest(user_message=tr("Which status? Say one of {known} at the end.", known=known))
    rest = [*words[:-1]]
    rest = rest[:-1] if len(rest) > 1 and meaning_of(rest[-1]) in LINKS else rest
    return act_on(context, _target(context, rest), set_status, status, draw=draw_lead)


def note_by_words(context: Context, words: Sequence[str]) -> Reply:
    """Read `<lead>: <note>`. Raises InvalidRequest where there is no colon, or nothing behind it."""
    about, note = _parted(words)
    if not about or not note:
        raise InvalidRequest(user_message=tr("Say the lead, a colon, and the note: Globex: call on Monday"))
    content = escape(" ".join(note))
    return act_on(context, _target(context, about), note_on_lead, content, draw=draw_lead)


def snooze_by_words(context: Context, words: Sequence[str]) -> Reply:
    """Read `<lead> until mon 9:00: <reason>`. Raises InvalidRequest for a part that is missing."""
    front, reason = _parted(words)
    at = next((n for n in range(len(front) - 1, 0, -1) if meaning_of(front[n]) == UNTIL), 0)
    if not at:
        raise InvalidRequest(user_message=tr("Until when? Say the lead, “until”, a day, a colon, and why."))
    moment = read_moment(front[at + 1 :], now(), person_zone(context))
    args = (moment.at, " ".join(reason))
    return act_on(context, _target(context, front[:at]), snooze_lead, *args, draw=draw_lead)


def _target(context: Context, words: Sequence[str]) -> Target:
    return Target(one_lead(context, words), Via(key_of(context)))


def _parted(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """Part words at the first that ends with a colon; a clock time has its colon inside."""
    for number, word in enumerate(words):
        if word.endswith(":"):
            front = [*words[:number], *([word[:-1]] if word != ":" else [])]
            return front, [*words[number + 1 :]]
    return [*words], []


def _person(context: Context, typed: str) -> str:
    """Return the id in Pipedrive of the person that is meant. Raises InvalidRequest."""
    people = people_of(context)
    wanted = fold_name(typed)
    fits = [key for key, name in people if wanted in fold_name(name)]
    exact = [key for key, name in people if fold_name(name) == wanted]
    found = exact if len(exact) == 1 else fits
    if len(found) == 1:
        return found[0]
    names = [name for key, name in people if key in found] or get_close_matches(
        typed, [name for _, name in people], n=3, cutoff=0.5
    )
    known = listed(names or [name for _, name in people[:3]])
    raise InvalidRequest(
        user_message=tr("Who is “{typed}”? Say one of {known}.", typed=typed[:80], known=known)
    )
