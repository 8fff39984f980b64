"""The places whose cards people turn down: this space, oneself, the whole team; and their clocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot import lookup
from bot.context import Context
from bot.text.format import day_and_time
from models.accounts.queries import get_tenant
from models.attention.mutes import MuteTarget
from models.clock import now
from models.destinations.queries import space_id_of
from models.destinations.quiet_hours import is_timezone
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.tables.attention import MuteScope

HERE: Final = "here"
ME: Final = "me"
TEAM: Final = "team"
_WORDS: Final = {
    **dict.fromkeys((HERE, "space"), HERE),
    **dict.fromkeys((ME, "myself"), ME),
    **dict.fromkeys((TEAM, "all", "everything", "everybody", "everyone", "tenant"), TEAM),
}


@dataclass(frozen=True, slots=True)
class Place:
    """A place with what people call it here (`this space`), its clock, and how it is stored."""

    word: str
    title: str
    timezone: str
    target: MuteTarget


def place_word(words: Sequence[str]) -> str:
    """Return the place (HERE, ME, TEAM) that one word names, empty for anything else."""
    return _WORDS.get(meaning_of(words[0]), "") if len(words) == 1 else ""


def default_word(context: Context) -> str:
    return ME if context.interaction.space.is_dm else HERE


def find_place(context: Context, word: str = "") -> Place:
    """Return the place of this word; without one this space, and oneself in a direct message.

    Raises NotFound where the space is not linked, and for a guest who asks for themselves.
    """
    word = word or default_word(context)
    if word == HERE and context.interaction.space.is_dm:
        word = ME
    if word == TEAM:
        return Place(TEAM, tr("the whole team"), tenant_zone(context), MuteTarget(MuteScope.TENANT))
    if word == ME:
        if context.actor.user_id is None:
            raise NotFound(user_message=tr("I do not know you as a user of this team."))
        target = MuteTarget(MuteScope.USER, user_id=context.actor.user_id)
        return Place(ME, tr("your direct messages"), person_zone(context), target)
    space_id = space_id_of(context.session, context.tenant_id, context.interaction.space.name)
    if space_id is None:
        raise NotFound(user_message=tr(lookup.NOT_LINKED))
    return Place(HERE, tr("this space"), tenant_zone(context), MuteTarget(MuteScope.SPACE, space_id=space_id))


def tenant_zone(context: Context) -> str:
    return get_tenant(context.session, context.tenant_id).timezone


def person_zone(context: Context) -> str:
    """Return the zone of the asking person's clock: what Chat says, else the tenant's."""
    zone = context.interaction.timezone
    return zone if is_timezone(zone) else tenant_zone(context)


def find_mute_place(context: Context, words: Sequence[str]) -> Place:
    """Return the place that these words name; besides `find_place`, `rule <name>` and `space <name>`.

    Raises NotFound, NotAllowed, and InvalidRequest for other words.
    """
    if not words or place_word(words):
        return find_place(context, place_word(words))
    kind, name = meaning_of(words[0]), words[1:]
    if kind == "rule":
        rule = lookup.find_rule(context, name)
        target = MuteTarget(MuteScope.RULE, rule_id=rule.id)
        return Place("rule", tr("the rule “{name}”", name=rule.name), tenant_zone(context), target)
    if kind == "space":
        found = lookup.find_destination(context, name)
        if found.space_id is None:
            raise InvalidRequest(user_message=tr("Only a space can be muted; anything else can be paused."))
        title = lookup.title_of(context, found)
        target = MuteTarget(MuteScope.SPACE, space_id=found.space_id)
        return Place("space", title, tenant_zone(context), target)
    typed = " ".join(words)[:60]
    raise InvalidRequest(
        user_message=tr(
            "Mute what? After the time say here, me, all, or rule and its name, not “{typed}”.", typed=typed
        )
    )


def place_of_rule(context: Context, rule_id: int, rule_name: str, word: str) -> Place:
    """Return a rule in one place: what a button on its card mutes."""
    place = find_place(context, word)
    where = place.target
    target = MuteTarget(MuteScope.RULE, where.space_id, where.user_id, rule_id)
    return Place(
        "rule",
        tr("the rule “{name}” in {place}", name=rule_name, place=place.title),
        place.timezone,
        target,
    )


def until_text(context: Context, until: datetime, timezone: str) -> str:
    """Return when something ends by the clock of a place: `3:05 PM`, `Mon, Nov 30, 8:00 AM`."""
    return day_and_time(until, now(), timezone, context.clock_locale)
