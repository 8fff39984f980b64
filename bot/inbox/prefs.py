"""The matrix of preferences: each type of notifications by each channel, for a person and for the team."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.context import Context
from bot.lookup import find_destination
from bot.widgets import (
    Button,
    Card,
    Choice,
    Fact,
    Icon,
    Message,
    Option,
    Section,
    Text,
    Widget,
    notice_rows,
    press,
)
from models.accounts.rights import Action
from models.destinations.configured import missing_text
from models.destinations.queries import space_titles
from models.languages.translate import tr
from models.languages.words import meaning_of
from models.notifications.places import KINDS, choose_place, forget_place, own_places
from models.notifications.preferences import (
    Cell,
    ChosenBy,
    ChosenMode,
    TeamDefault,
    list_defaults,
    own_matrix,
    set_defaults,
    set_own,
)
from models.notifications.types import (
    CHANNEL_TEXTS,
    MODE_TEXTS,
    TYPE_TEXTS,
    NotificationChannel,
    NotificationMode,
    NotificationType,
    missing_for,
    modes_of,
    unavailable_channels,
)

LOCKED: Final = "locked"
NOWHERE: Final = ("nowhere", "none", "off", "nobody")
USUAL: Final = "usual"  # what the team, or a rule that names the person, says


def draw_prefs(context: Context, notice: str = "") -> Message:
    """Return what reaches the asking person now, a row for each type."""
    matrix = own_matrix(context.session, context.actor)
    rows = notice_rows(notice)
    rows += [Fact(_row_text(context, matrix[type_]), tr(TYPE_TEXTS[type_])) for type_ in NotificationType]
    rows += _place_rows(context)
    buttons = [Button(tr("Change"), press("prefs.open", dialog=True), primary=True)]
    if context.actor.may(Action.NOTIFY_DEFAULTS):
        buttons.append(Button(tr("For the team"), press("prefs.team", dialog=True)))
    title = tr("Your notifications")
    return Message(Card(title, "", [Section(rows)], buttons, card_id="prefs"), fallback_text=notice or title)


def _place_rows(context: Context) -> list[Widget]:
    """Return where else notifications go, and how to choose it."""
    titles = space_titles(context.session, context.tenant_id)
    found = own_places(context.session, context.actor)
    return [
        Fact(titles.get(each.name, each.name), tr(CHANNEL_TEXTS[channel]), Icon("send", tr("Where")))
        for channel, each in found.items()
    ]


def choose_by_words(context: Context, words: Sequence[str]) -> Message:
    """Let notifications also go to a destination, or nowhere else any more.

    Raises NotFound, NotAllowed, InvalidRequest.
    """
    if meaning_of(" ".join(words)) in NOWHERE:
        for channel in own_places(context.session, context.actor):
            forget_place(context.session, context.actor, channel)
        return draw_prefs(context, tr("They go nowhere else now."))
    destination = find_destination(context, words)
    channel = choose_place(context.session, context.actor, destination.name)
    done = tr(
        "{channel} is where you chose. Change says what goes there.", channel=tr(CHANNEL_TEXTS[channel])
    )
    return draw_prefs(context, done)


def _row_text(context: Context, cells: Mapping[NotificationChannel, ChosenMode]) -> str:
    """Return where a type comes: `Inbox · Direct message in a summary`, and what is locked or away."""
    parts = []
    for channel, chosen in cells.items():
        if chosen.mode is not NotificationMode.OFF:
            mode = "" if chosen.mode is NotificationMode.NOW else f" {tr(MODE_TEXTS[chosen.mode])}"
            lock = f" ({tr('locked by an admin')})" if chosen.is_locked else ""
            away = f" ({tr('unavailable')})" if missing_for(context.session, channel) else ""
            parts.append(f"{tr(CHANNEL_TEXTS[channel])}{mode}{lock}{away}")
    return " · ".join(parts) or tr("nowhere")


def draw_matrix(context: Context, problem: str = "") -> Card:
    """Return the dialog with the asking person's choices; what is locked is said instead."""
    matrix = own_matrix(context.session, context.actor)
    places = own_places(context.session, context.actor)
    sections = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    shown = [each for each in NotificationChannel if each not in KINDS or each in places]
    away = unavailable_channels(context.session)
    sections += [
        Section(
            [
                *[_widget((type_, each), cells[each]) for each in shown if each not in away],
                *[
                    _unavailable(away[each], each)
                    for each in away
                    if cells[each].mode is not NotificationMode.OFF
                ],
            ],
            tr(TYPE_TEXTS[type_]),
        )
        for type_, cells in matrix.items()
    ]
    save = Button(tr("Save"), press("prefs.save"), primary=True)
    return Card(
        tr("Your notifications"), tr("For each, where and when"), sections, [save], card_id="prefs-form"
    )


def _unavailable(name: str, channel: NotificationChannel) -> Fact:
    """Return what was chosen of a channel that sends nothing from here: it holds again once it does."""
    return Fact(missing_text(name), tr(CHANNEL_TEXTS[channel]), below=tr("What was chosen is kept"))


def _widget(cell: Cell, chosen: ChosenMode) -> Widget:
    label = tr(CHANNEL_TEXTS[cell[1]])
    if chosen.is_locked:
        return Fact(f"{tr(MODE_TEXTS[chosen.mode])} ({tr('locked by an admin')})", label)
    is_own = chosen.by is ChosenBy.PERSON
    usual = Option(USUAL, tr("as usual"), not is_own)
    modes = [Option(mode, tr(MODE_TEXTS[mode]), is_own and mode is chosen.mode) for mode in modes_of(cell[1])]
    return Choice(_name(cell), label, [usual, *modes])


def save_matrix(context: Context) -> None:
    """Save what was chosen. Raises InvalidRequest."""
    matrix = own_matrix(context.session, context.actor)
    chosen = {
        (type_, channel): _chosen(context, (type_, channel))
        for type_, cells in matrix.items()
        for channel in cells
        if _filled_in(context, (type_, channel))
    }
    set_own(context.session, context.actor, chosen)


def _chosen(context: Context, cell: Cell) -> NotificationMode | None:
    value = _filled_in(context, cell).removesuffix(f"+{LOCKED}")
    return NotificationMode(value) if value in tuple(NotificationMode) else None


def draw_team_matrix(context: Context) -> Card:
    """Return the dialog with the defaults of the team: each mode free to change, or locked."""
    sections = []
    defaults, away = list_defaults(context.session, context.actor), unavailable_channels(context.session)
    for type_ in NotificationType:
        widgets: list[Widget] = [
            Choice(_name((type_, each.channel)), tr(CHANNEL_TEXTS[each.channel]), _team_options(each))
            for each in defaults
            if each.type is type_ and each.channel not in KINDS and each.channel not in away
        ]
        widgets += [
            _unavailable(away[each.channel], each.channel)
            for each in defaults
            if each.type is type_ and each.channel in away and each.mode is not NotificationMode.OFF
        ]
        sections.append(Section(widgets, tr(TYPE_TEXTS[type_])))
    save = Button(tr("Save"), press("prefs.save_team"), primary=True)
    subtitle = tr("What holds for whoever chose nothing; locked for everybody")
    return Card(tr("Notifications of the team"), subtitle, sections, [save], card_id="prefs-team")


def _team_options(default: TeamDefault) -> list[Option]:
    options = []
    for mode in modes_of(default.channel):
        is_mode = mode is default.mode
        options.append(Option(mode, tr(MODE_TEXTS[mode]), is_mode and not default.is_locked))
        text = tr("{mode}, locked", mode=tr(MODE_TEXTS[mode]))
        options.append(Option(f"{mode}+{LOCKED}", text, is_mode and default.is_locked))
    return options


def save_team_matrix(context: Context) -> None:
    """Save the defaults and locks that were changed. Raises InvalidRequest, NotAllowed."""
    wanted = []
    for present in list_defaults(context.session, context.actor):
        cell = (present.type, present.channel)
        mode = _chosen(context, cell)
        is_locked = _filled_in(context, cell).endswith(f"+{LOCKED}")
        if mode is not None and (mode, is_locked) != (present.mode, present.is_locked):
            wanted.append(TeamDefault(*cell, mode, is_locked))
    if wanted:
        set_defaults(context.session, context.actor, wanted)


def _name(cell: Cell) -> str:
    return f"{cell[0]}.{cell[1]}"


def _filled_in(context: Context, cell: Cell) -> str:
    return next(iter(context.interaction.inputs.get(_name(cell), ())), "").strip()
