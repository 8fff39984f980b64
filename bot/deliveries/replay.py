"""Sends many deliveries again: reads which ones are meant, and starts, shows and cancels a replay."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bot import lookup
from bot.attention.places import tenant_zone
from bot.context import Context
from bot.deliveries.replay_cards import preview_card, replay_card
from bot.text.format import day_and_time
from bot.widgets import Message
from models.chance import new_id
from models.clock import now
from models.database.row_ids import row_id
from models.deliveries.replay import ReplayFilter
from models.destinations.queries import space_titles
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.tables.deliveries import DeliveryState
from models.waits.replay import cancel_replay, get_replay, preview_replay, running_replay, start_replay

ONLY: Final = {"failed": DeliveryState.DEAD, "skipped": DeliveryState.SKIPPED}
KEYWORDS: Final = ("rule", "to", "since", "until")
_SPAN: Final = re.compile(r"(\d{1,4})(m|h|d|w)")
_UNITS: Final = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def draw_replay(context: Context, args: Sequence[str]) -> Message:
    """Show how many deliveries the words mean; without words, a replay that runs. Raises InvalidRequest."""
    if not args and (running := running_replay(context.session, context.actor)) is not None:
        return replay_card(running, _chosen_text(context, running.chosen))
    chosen = read_filter(context, args)
    preview = preview_replay(context.session, context.actor, chosen)
    return preview_card(preview, _chosen_text(context, chosen), _as_parameters(chosen) | {"key": new_id()})


def start_by_button(context: Context) -> Message:
    """Start what a preview showed; pressed twice, it shows the one that runs. Raises InvalidRequest."""
    parameters = context.interaction.parameters
    chosen, key = _of_parameters(parameters), parameters.get("key", "")[:40]
    started = start_replay(context.session, context.actor, chosen, key, now())
    context.wake_worker = True
    return replay_card(started, _chosen_text(context, started.chosen))


def show_by_button(context: Context) -> Message:
    found = get_replay(context.session, context.actor, _wait_id(context))
    return replay_card(found, _chosen_text(context, found.chosen))


def cancel_by_button(context: Context) -> Message:
    found = cancel_replay(context.session, context.actor, _wait_id(context), now())
    return replay_card(found, _chosen_text(context, found.chosen))


def _wait_id(context: Context) -> int:
    number = row_id(context.interaction.parameters.get("replay", ""))
    if number is None:
        raise NotFound(user_message=tr("This replay is not kept any more."))
    return number


def read_filter(context: Context, args: Sequence[str]) -> ReplayFilter:
    """Read `[failed|skipped] [rule ..] [to ..] [since ..] [until ..]`. Raises InvalidRequest, NotFound."""
    first = meaning_of(args[0]) if args else ""
    words = _by_keyword(args[1:] if first in ONLY else args)
    at, zone = now(), ZoneInfo(tenant_zone(context))
    return ReplayFilter(
        states=(ONLY.get(first, DeliveryState.DEAD),),
        rule=lookup.find_rule(context, words["rule"]).name if "rule" in words else None,
        destination=lookup.find_destination(context, words["to"]).name if "to" in words else None,
        since=_moment(words["since"], at, zone) if "since" in words else None,
        until=_moment(words["until"], at, zone) if "until" in words else None,
    )


def _by_keyword(args: Sequence[str]) -> dict[str, list[str]]:
    """Return the words behind each keyword."""
    found: dict[str, list[str]] = {}
    current: list[str] | None = None
    for word in args:
        if (meaning := meaning_of(word)) in KEYWORDS and meaning not in found:
            current = found.setdefault(meaning, [])
        elif current is None:
            text = tr("Say replay, then failed or skipped, rule, to, since, until: replay rule 12 since 2d.")
            raise InvalidRequest(user_message=text)
        else:
            current.append(word)
    return found


def _moment(words: Sequence[str], at: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of `2d` (ago) or of `2026-11-20 08:00`, in the time of a zone."""
    text = " ".join(words).strip()
    if span := _SPAN.fullmatch(text.lower()):
        return at - timedelta(**{_UNITS[span[2]]: int(span[1])})
    try:
        moment = datetime.fromisoformat(text.replace(" ", "T"))
    except ValueError as wrong:
        hint = tr("Say a time like 2h or 2d, 2026-12-24, or 2026-12-24 08:00.")
        raise InvalidRequest(user_message=hint) from wrong
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError as wrong:
        raise InvalidRequest(user_message=tr("This is no time that anything was sent at.")) from wrong


def _as_parameters(chosen: ReplayFilter) -> dict[str, str]:
    """Return a filter as parameters of a button."""
    given = {
        "only": next(name for name, state in ONLY.items() if state in chosen.states),
        "rule": chosen.rule,
        "to": chosen.destination,
        "since": chosen.since.isoformat() if chosen.since else None,
        "until": chosen.until.isoformat() if chosen.until else None,
    }
    return {name: text for name, text in given.items() if text is not None}


def _of_parameters(parameters: Mapping[str, str]) -> ReplayFilter:
    zone = ZoneInfo("UTC")
    times = {
        name: _moment([parameters[name]], now(), zone) for name in ("since", "until") if name in parameters
    }
    return ReplayFilter(
        states=(ONLY.get(parameters.get("only", ""), DeliveryState.DEAD),),
        rule=parameters.get("rule"),
        destination=parameters.get("to"),
        since=times.get("since"),
        until=times.get("until"),
    )


def _chosen_text(context: Context, chosen: ReplayFilter) -> str:
    """Return a filter in words: `What failed · Rule Big wins · to Deals · since 20 Nov, 08:00`."""
    zone, locale = tenant_zone(context), context.clock_locale
    parts = [tr("What was left out") if DeliveryState.SKIPPED in chosen.states else tr("What failed")]
    if chosen.rule is not None:
        parts.append(tr("Rule {rule}", rule=chosen.rule))
    if chosen.destination is not None:
        titles = space_titles(context.session, context.tenant_id)
        parts.append(tr("to {place}", place=titles.get(chosen.destination, chosen.destination)))
    if chosen.since is not None:
        parts.append(tr("since {time}", time=day_and_time(chosen.since, now(), zone, locale)))
    if chosen.until is not None:
        parts.append(tr("until {time}", time=day_and_time(chosen.until, now(), zone, locale)))
    return " · ".join(parts)
