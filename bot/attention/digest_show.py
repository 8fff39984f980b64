"""Sets, ends, sends and shows digests for commands and buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.attention.places import HERE, ME, TEAM, Place, find_place, place_word, until_text
from bot.attention.quiet_cards import days_text
from bot.context import Context
from bot.text.format import clock_text, plural
from bot.text.wording import capital
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, notice_rows, press
from models.accounts.features import Feature, absence_text
from models.attention import digests
from models.attention.quiet import may_change
from models.attention.schedule import EXAMPLES, read_schedule
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_in, tr_plural
from models.tables.attention import Digest, Every

WHAT = marked("What is not urgent is gathered for one card at its time.")


def find_digest_place(context: Context, words: Sequence[str]) -> Place:
    """Return the place that these words name. Raises InvalidRequest for anything but here and me."""
    word = place_word(words)
    if words and (not word or word == TEAM):
        typed = " ".join(words)[:60]
        raise InvalidRequest(
            user_message=tr("A digest is for a space or for you: say here or me, not “{typed}”.", typed=typed)
        )
    return find_place(context, word)


def set_by_words(context: Context, words: Sequence[str]) -> Message:
    """Set or end the digest that words describe. Raises InvalidRequest, NotAllowed."""
    schedule, rest = read_schedule(words)
    place = find_digest_place(context, rest)
    session, actor, at = context.session, context.actor, now()
    if schedule is None:
        ended = digests.switch_off(session, actor, place.target, at)
        done = (
            tr("Switched off; what was gathered comes as one card now")
            if ended
            else tr("There was no digest")
        )
        return draw_digest(context, place, done)
    digests.set_digest(session, actor, place.target, schedule, place.timezone, at)
    return draw_digest(context, place, tr("The digest is set"))


def send_now(context: Context, words: Sequence[str]) -> Message:
    """Send what was gathered for a place now. Raises InvalidRequest, NotAllowed."""
    place = find_digest_place(context, words)
    count = digests.send_now(context.session, context.actor, place.target, now())
    done = (
        tr_plural(
            "One card with {count} event is on the way", "One card with {count} events is on the way", count
        )
        if count
        else tr("Nothing was gathered yet")
    )
    return draw_digest(context, place, done)


def draw_digest(context: Context, place: Place, notice: str = "") -> Message:
    """Return the card of a place's digest: when it comes, and how much is gathered."""
    found = digests.find_digest(context.session, context.tenant_id, place.target)
    rows = notice_rows(notice)
    if found is None:
        how = tr("None. {what} Say /pipenotify {examples}.", what=tr(WHAT), examples=tr(EXAMPLES))
        rows.append(Text(how if context.has(Feature.DIGESTS) else absence_text(Feature.DIGESTS)))
        state = tr("Each card comes by itself")
    else:
        state = schedule_text(found, context.clock_locale)
        count = digests.count_gathered_for(context.session, found)
        due = until_text(context, found.due_at, place.timezone)
        rows.append(Fact(state, tr("Comes"), Icon("schedule", tr("When")), tr("next {due}", due=due)))
        rows.append(Fact(plural(count, "card"), tr("Gathered so far"), Icon("inbox", tr("Gathered"))))
        if count and may_change(context.actor, place.target):
            rows.append(Buttons(Button(tr("Send now"), press("digest.send", where=place.word))))
    title = tr("Digest of {title}", title=place.title)
    card = Card(title, state, [Section(rows), *_buttons(context, place, found)], card_id="digest")
    return Message(card, fallback_text=notice or f"{title}: {state}")


def _buttons(context: Context, place: Place, found: Digest | None) -> list[Section]:
    """Return the buttons that change a digest, for who may, and the one to the other place."""
    buttons = []
    if may_change(context.actor, place.target):
        change = press("digest.open", dialog=True, where=place.word)
        if context.has(Feature.DIGESTS):
            buttons.append(Button(tr("Change") if found else tr("Set a digest"), change, primary=True))
        if found:
            buttons.append(Button(tr_in("button", "Off"), press("digest.off", where=place.word)))
    if place.word == ME and not context.interaction.space.is_dm:
        buttons.append(Button(capital(tr_in("place", "here")), press("digest.show", where=HERE)))
    elif place.word == HERE:
        buttons.append(Button(capital(tr_in("place", "me")), press("digest.show", where=ME)))
    return [Section([Buttons(*buttons)])] if buttons else []


def schedule_text(digest: Digest, locale: str) -> str:
    """Return how often a digest comes: `Every hour`, `Daily at 9:00 AM`, `Weekly, Mon at 9:00 AM`."""
    if digest.every == Every.HOURLY:
        return tr("Every hour")
    at = clock_text(digest.clock, locale)
    if digest.every == Every.DAILY:
        return tr("Daily at {clock}", clock=at)
    return tr("Weekly, {day} at {clock}", day=days_text([digest.day]), clock=at)
