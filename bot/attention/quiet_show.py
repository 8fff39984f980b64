"""Sets, removes and shows quiet hours for commands and buttons."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.attention.places import HERE, ME, TEAM, Place, find_place, place_word, until_text
from bot.attention.quiet_cards import QuietFacts, quiet_card, urgent_text, window_text
from bot.context import Context
from bot.widgets import Message
from models.accounts.features import Feature, absence_text
from models.attention import quiet
from models.attention.mutes import MuteTarget
from models.attention.window_words import EXAMPLE, read_windows
from models.clock import now
from models.destinations.quiet_hours import Window, held_until
from models.errors import InvalidRequest
from models.languages.translate import tr, tr_plural
from models.languages.words import meaning_of
from models.tables.attention import MuteScope
from models.tables.destinations import QuietHours


def find_quiet_place(context: Context, words: Sequence[str]) -> Place:
    """Return the place that these words name. Raises InvalidRequest for anything but here, me, team."""
    if words and not place_word(words):
        typed = " ".join(words)[:60]
        raise InvalidRequest(
            user_message=tr(
                "Where? Say here, me or team, not “{typed}”. For example: {example} here.",
                typed=typed,
                example=tr(EXAMPLE),
            )
        )
    return find_place(context, place_word(words))


def set_by_words(context: Context, words: Sequence[str]) -> Message:
    """Set the quiet hours that words name. Raises InvalidRequest, NotAllowed."""
    read = read_windows(words)
    place = find_quiet_place(context, read.rest)
    zone = read.timezone or place.timezone
    quiet.set_quiet_hours(context.session, context.actor, place.target, read.windows, zone)
    return draw_quiet(context, place, tr("Quiet hours are set"))


def remove(context: Context, words: Sequence[str]) -> Message:
    """Remove the quiet hours of a place; what they held leaves at once. Raises NotAllowed."""
    place = find_quiet_place(context, words)
    count = quiet.remove_quiet_hours(context.session, context.actor, place.target)
    context.wake_worker = count > 0
    done = tr("Removed; what was held there leaves now") if count else tr("There were none to remove")
    return draw_quiet(context, place, done)


def set_urgent(context: Context, words: Sequence[str]) -> Message:
    """Let urgent cards pass, or hold them too: `on` or `off`, then a place. Raises InvalidRequest."""
    on = {"on": True, "off": False}.get(meaning_of(words[0]) if words else "")
    if on is None:
        raise InvalidRequest(user_message=tr("Say quiet urgent on, or quiet urgent off."))
    place = find_quiet_place(context, words[1:])
    quiet.let_urgent_through(context.session, context.actor, place.target, on=on)
    return draw_quiet(
        context, place, tr("Urgent cards pass these quiet hours") if on else tr("Urgent cards are held too")
    )


def send_now(context: Context, word: str) -> Message:
    """Send what is held for a place now. Raises NotAllowed."""
    place = find_place(context, word if word in (HERE, ME, TEAM) else "")
    count = quiet.send_held_now(context.session, context.actor, place.target, now())
    context.wake_worker = count > 0
    return draw_quiet(
        context,
        place,
        tr_plural("{count} card on the way", "{count} cards on the way", count)
        if count
        else tr("Nothing is held"),
    )


def draw_quiet(context: Context, place: Place, notice: str = "") -> Message:
    """Return the card of a place's quiet hours and of what is held there."""
    session, tenant_id = context.session, context.tenant_id
    windows = quiet.windows_of(session, tenant_id, place.target)
    held, leaves = quiet.count_held(session, tenant_id, place.target)
    until = quiet_until(context, place.target)
    locale = context.clock_locale
    facts = QuietFacts(
        word=place.word,
        title=place.title,
        windows=[window_text(each, locale) for each in windows],
        urgent=urgent_text(windows),
        until=until_text(context, until, place.timezone) if until else "",
        others="" if windows else _others_text(context, place),
        held=held,
        leaves=until_text(context, leaves, place.timezone) if leaves else "",
        is_dm=context.interaction.space.is_dm,
        may_change=quiet.may_change(context.actor, place.target),
        notice=notice,
        absent="" if context.has(Feature.QUIET_HOURS) else absence_text(Feature.QUIET_HOURS),
    )
    return quiet_card(facts)


def quiet_until(context: Context, target: MuteTarget) -> datetime | None:
    """Return until when ordinary cards to a place are held now, None if they are not."""
    windows = [Window.of(row) for row in deciding_windows(context, target)]
    where = {"space_id": target.space_id, "user_id": target.user_id}
    return held_until(windows, **where, urgent=False, at=now())


def deciding_windows(context: Context, target: MuteTarget) -> Sequence[QuietHours]:
    """Return the windows that decide for a place: its own, else the team's."""
    own = quiet.windows_of(context.session, context.tenant_id, target)
    return own or quiet.windows_of(context.session, context.tenant_id, MuteTarget(MuteScope.TENANT))


def _others_text(context: Context, place: Place) -> str:
    if place.word == TEAM:
        return ""
    team = deciding_windows(context, place.target)
    if not team:
        return ""
    hours = "; ".join(window_text(each, context.clock_locale) for each in team)
    return tr("None of its own. Those of the whole team hold: {hours}.", hours=hours)
