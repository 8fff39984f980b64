"""Sets and ends mutes for commands, buttons and the dialog, and draws the answers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.attention.cards import MuteFacts, muted_card, mutes_card
from bot.attention.places import Place, find_mute_place, person_zone, tenant_zone, until_text
from bot.context import Context
from bot.widgets import Message
from models.attention import actions
from models.attention.durations import InvalidDuration, read_duration
from models.attention.mutes import holding_mutes, target_of
from models.clock import now
from models.database.row_ids import row_id
from models.destinations.queries import space_titles_by_id
from models.languages.translate import tr
from models.rules.queries import rule_names_by_id
from models.tables.attention import Mute, MuteScope


def mute_by_words(context: Context, words: Sequence[str]) -> Message:
    """Mute what words say: a duration, then a place, or the other way round. Raises InvalidRequest."""
    span, where = _split(words)
    place = find_mute_place(context, where)
    return mute_place(context, place, span)


def _split(words: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """Return the words of the duration and those of the place. Raises InvalidDuration."""
    at = now()
    try:
        rest = read_duration(words, at, "UTC").rest
        return words[: len(words) - len(rest)], rest
    except InvalidDuration:
        for first in range(1, len(words)):
            if _is_duration(words[first:], at):
                return words[first:], words[:first]
        raise


def _is_duration(words: Sequence[str], at: datetime) -> bool:
    try:
        return not read_duration(words, at, "UTC").rest
    except InvalidDuration:
        return False


def mute_place(context: Context, place: Place, span: Sequence[str]) -> Message:
    """Mute a place for a duration in words, by the place's clock. Raises InvalidRequest, NotAllowed."""
    at = now()
    until = read_duration(span, at, place.timezone).until
    made = actions.mute(context.session, context.actor, place.target, until, at)
    ends = until_text(context, until, place.timezone)
    return muted_card(MuteFacts(made.id, place.title, ends, made.muted_by, may_end=True))


def unmute_by_words(context: Context, words: Sequence[str]) -> Message:
    """End the mute of a place, and show those that still hold. Raises InvalidRequest, NotAllowed."""
    place = find_mute_place(context, words)
    ended = actions.unmute(context.session, context.actor, place.target, now())
    done = tr("Unmuted: {place}", place=place.title) if ended else tr("Not muted: {place}", place=place.title)
    return draw_mutes(context, done)


def end_mute(context: Context, mute_id: str) -> Message:
    """End the mute whose button was pressed; a stale button changes nothing."""
    number = row_id(mute_id)
    known = holding_mutes(context.session, context.tenant_id, now())
    found = next((mute for mute in known if mute.id == number), None)
    if found is None:
        return draw_mutes(context, tr("It has ended already"))
    actions.unmute(context.session, context.actor, target_of(found), now())
    return draw_mutes(context, tr("Unmuted; what was missed comes as one card"))


def draw_mutes(context: Context, notice: str = "") -> Message:
    """Return the card of the mutes that hold; other people's own ones are left out."""
    return mutes_card(list_mutes(context), notice)


def list_mutes(context: Context) -> list[MuteFacts]:
    found = [
        mute
        for mute in holding_mutes(context.session, context.tenant_id, now())
        if mute.user_id in (None, context.actor.user_id)
    ]
    if not found:
        return []
    titles = space_titles_by_id(context.session, context.tenant_id)
    rules = rule_names_by_id(context.session, context.tenant_id)
    return [
        MuteFacts(
            mute.id,
            _what_text(context, mute, titles, rules),
            until_text(context, mute.until, person_zone(context) if mute.user_id else tenant_zone(context)),
            mute.muted_by,
            may_end=actions.may_mute(context.session, context.actor, target_of(mute)),
        )
        for mute in found
    ]


def _what_text(
    context: Context, mute: Mute, titles: dict[int, tuple[str, str]], rules: dict[int, str]
) -> str:
    if mute.scope == MuteScope.TENANT:
        return tr("the whole team")
    where = tr("your direct messages") if mute.user_id is not None else ""
    if mute.space_id is not None:
        name, title = titles.get(mute.space_id, ("", tr("a space")))
        where = tr("this space") if name == context.interaction.space.name else title or name
    if mute.rule_id is None:
        return where
    name = rules.get(mute.rule_id, tr("deleted"))
    if not where:
        return tr("the rule “{name}”", name=name)
    return tr("the rule “{name}” in {place}", name=name, place=where)
