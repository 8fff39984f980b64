"""preferences: which notifications reach whom, where and when; and the defaults and locks of the team."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from models.accounts.permissions import refusal_of_others
from models.notifications.places import KINDS, choose_place, forget_place, own_places
from models.notifications.preferences import (
    Cell,
    Matrix,
    TeamDefault,
    list_defaults,
    matrix_of,
    set_defaults,
    set_own,
)
from models.notifications.types import (
    NotificationChannel,
    NotificationMode,
    NotificationType,
    modes_of,
    unavailable_channels,
)
from web.api.errors import InvalidFields
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Out, Params

PREFERENCES: Final = Routes("preferences", "read:notifications", "write:notifications")
PATH: Final = "/notifications/preferences"
PLACES_PATH: Final = f"{PATH}/places"
DEFAULTS: Final = Routes("notification-defaults", "read:settings", "write:settings")
USUAL: Final = "usual"  # of a choice that is taken back
DEFAULTS_PATH: Final = "/admin/notification-defaults"


class PreferenceParams(Params):
    """Whose preferences; for others only to read, and only for those who set the defaults."""

    user: str = Field("", max_length=320)


class PreferencesBody(Body):
    """Modes by type and channel: `{"DEAL_WON": {"chat": "digest"}}`; what is left out stays.

    `usual` takes a choice back.
    """

    preferences: dict[str, dict[str, str]] = Field(max_length=len(NotificationType))


class PreferencesOut(Out):
    """What holds, by type and channel: now, digest or off.

    `unavailable` names the channels that send nothing from here, each with the variable that is missing.
    """

    preferences: dict[str, dict[str, str]]
    unavailable: dict[str, str]


class PlacesBody(Body):
    """Destinations by name: a space, and an outgoing webhook. Null takes one back; what is left out stays."""

    space: str | None = Field(None, max_length=255)
    webhook: str | None = Field(None, max_length=255)


class PlacesOut(Out):
    """The destinations that the caller chose; null where none is."""

    space: str | None
    webhook: str | None


class DefaultBody(Body):
    """A mode; `locked`: nobody may choose another."""

    mode: str = Field(max_length=10)
    locked: bool = False


class DefaultsBody(Body):
    """Defaults by type and channel; what is left out stays."""

    defaults: dict[str, dict[str, DefaultBody]] = Field(max_length=len(NotificationType))


class DefaultOut(Out):
    """A mode that holds for whoever chose nothing; `locked`: for everybody."""

    mode: str
    locked: bool


class DefaultsOut(Out):
    """What the team has set, by type and channel, with what holds where it set nothing.

    `unavailable` is that of preferences.
    """

    defaults: dict[str, dict[str, DefaultOut]]
    unavailable: dict[str, str]


@PREFERENCES.get(PATH, summary="Read preferences", data=PreferencesOut, params=PreferenceParams)
def read_preferences(call: ApiCall) -> PreferencesOut:
    return _draw(call, matrix_of(call.session, call.actor, call.params.user or call.actor.name))


@PREFERENCES.put(
    PATH, summary="Choose preferences", data=PreferencesOut, params=PreferenceParams, body=PreferencesBody
)
def choose(call: ApiCall) -> PreferencesOut:
    if call.params.user and call.params.user.lower() != call.actor.name.lower():
        raise refusal_of_others()
    wanted = {
        cell: None if mode == USUAL else _mode("preferences", cell, mode)
        for type_, cells in call.body.preferences.items()
        for channel, mode in cells.items()
        for cell in [_cell("preferences", type_, channel)]
    }
    return _draw(call, set_own(call.session, call.actor, wanted))


@PREFERENCES.get(PLACES_PATH, summary="Read where else notifications go", data=PlacesOut)
def read_places(call: ApiCall) -> PlacesOut:
    return _draw_places(call)


@PREFERENCES.put(PLACES_PATH, summary="Choose where else notifications go", data=PlacesOut, body=PlacesBody)
def choose_places(call: ApiCall) -> PlacesOut:
    for channel in KINDS:
        if channel in call.body.model_fields_set:
            _choose_place(call, channel, getattr(call.body, channel))
    return _draw_places(call)


def _choose_place(call: ApiCall, channel: NotificationChannel, name: str | None) -> None:
    if name is None:
        forget_place(call.session, call.actor, channel)
    elif choose_place(call.session, call.actor, name) is not channel:
        raise InvalidFields([(channel, "is a destination of another kind")])


def _draw_places(call: ApiCall) -> PlacesOut:
    found = own_places(call.session, call.actor)
    names = {channel: each.name for channel, each in found.items()}
    return PlacesOut(
        space=names.get(NotificationChannel.SPACE), webhook=names.get(NotificationChannel.WEBHOOK)
    )


@DEFAULTS.get(DEFAULTS_PATH, summary="Read defaults of notifications", data=DefaultsOut)
def read_defaults(call: ApiCall) -> DefaultsOut:
    return _draw_defaults(call, list_defaults(call.session, call.actor))


@DEFAULTS.put(DEFAULTS_PATH, summary="Set defaults of notifications", data=DefaultsOut, body=DefaultsBody)
def write_defaults(call: ApiCall) -> DefaultsOut:
    wanted = []
    for type_, cells in call.body.defaults.items():
        for channel, default in cells.items():
            cell = _cell("defaults", type_, channel)
            wanted.append(TeamDefault(*cell, _mode("defaults", cell, default.mode), default.locked))
    return _draw_defaults(call, set_defaults(call.session, call.actor, wanted))


def _cell(field: str, type_: str, channel: str) -> Cell:
    """Return a cell of the matrix. Raises InvalidFields for a type or a channel that there is not."""
    if type_ not in tuple(NotificationType):
        raise InvalidFields([(f"{field}.{type_[:40]}", f"is none of {', '.join(NotificationType)}")])
    if channel not in tuple(NotificationChannel):
        known = ", ".join(NotificationChannel)
        raise InvalidFields([(f"{field}.{type_}.{channel[:40]}", f"is none of {known}")])
    return NotificationType(type_), NotificationChannel(channel)


def _mode(field: str, cell: Cell, mode: str) -> NotificationMode:
    known = modes_of(cell[1])
    if mode not in known:
        raise InvalidFields([(f"{field}.{cell[0]}.{cell[1]}", f"must be one of {', '.join(known)}")])
    return NotificationMode(mode)


def _draw(call: ApiCall, matrix: Matrix) -> PreferencesOut:
    return PreferencesOut(
        unavailable=dict(unavailable_channels(call.session)),
        preferences={
            type_: {channel: chosen.mode for channel, chosen in cells.items()}
            for type_, cells in matrix.items()
        },
    )


def _draw_defaults(call: ApiCall, found: list[TeamDefault]) -> DefaultsOut:
    drawn: dict[str, dict[str, DefaultOut]] = {}
    for each in found:
        drawn.setdefault(each.type, {})[each.channel] = DefaultOut(mode=each.mode, locked=each.is_locked)
    return DefaultsOut(defaults=drawn, unavailable=dict(unavailable_channels(call.session)))
