"""What home and status say of mutes, quiet hours and digests, as they are now."""

from __future__ import annotations

from bot.attention.digest_show import schedule_text
from bot.attention.places import Place, find_place, until_text
from bot.attention.quiet_cards import window_text
from bot.attention.quiet_show import deciding_windows, quiet_until
from bot.attention.show import list_mutes
from bot.context import Context
from bot.text.format import listed
from models.attention.digests import count_gathered_for, find_digest
from models.errors import NotFound
from models.languages.translate import tr, tr_plural


def muted_text(context: Context) -> str:
    """Return what is muted and until when, empty for nothing."""
    return listed(
        [tr("{what} until {until}", what=mute.what, until=mute.until) for mute in list_mutes(context)]
    )


def quiet_text(context: Context) -> str:
    """Return the quiet hours of the place of this interaction, empty for none."""
    place = _place(context)
    windows = deciding_windows(context, place.target) if place else ()
    if place is None or not windows:
        return ""
    until = quiet_until(context, place.target)
    hours = "; ".join(window_text(each, context.clock_locale) for each in windows)
    return (
        tr("now, until {until} ({hours})", until=until_text(context, until, place.timezone), hours=hours)
        if until
        else hours
    )


def digest_text(context: Context) -> str:
    """Return the digest of the place of this interaction, empty for none."""
    place = _place(context)
    found = find_digest(context.session, context.tenant_id, place.target) if place else None
    if found is None:
        return ""
    count = count_gathered_for(context.session, found)
    return tr_plural(
        "{schedule}, {count} card gathered so far",
        "{schedule}, {count} cards gathered so far",
        count,
        schedule=schedule_text(found, context.clock_locale),
    )


def _place(context: Context) -> Place | None:
    """Return this space, or oneself in a direct message; None where neither is known."""
    try:
        return find_place(context)
    except NotFound:
        return None
