"""The dialogs of mutes, quiet hours and digests; what is refused is shown in them with what was filled in."""

from __future__ import annotations

from dataclasses import replace

from bot.attention.digest_form import draw_digest_form, form_of_digest, read_digest_form, schedule_of_form
from bot.attention.digest_show import draw_digest, find_digest_place
from bot.attention.mute_form import draw_mute_form, find_rule, read_mute_form
from bot.attention.places import Place, find_place, place_of_rule
from bot.attention.quiet_show import draw_quiet, find_quiet_place
from bot.attention.show import mute_place
from bot.attention.window_form import (
    QuietForm,
    WindowRow,
    draw_quiet_form,
    form_of,
    read_form,
    windows_of_form,
    zone_of_form,
)
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.attention import digests, quiet
from models.clock import now
from models.database.row_ids import row_id
from models.errors import AppError
from models.languages.translate import tr


@dialog("mute.open", right=Action.ATTENTION_SELF)
def open_mute(context: Context) -> Reply:
    return Open(draw_mute_form(context))


@dialog("mute.save", right=Action.ATTENTION_SELF, writes=True)
def save_mute(context: Context) -> Reply:
    """Mute; what is refused is shown in the form again with the reason."""
    form, rule = read_mute_form(context.interaction.inputs), find_rule(context)
    try:
        if rule is None:
            place = find_place(context, form.where)
        else:
            place = place_of_rule(context, rule.id, rule.name, form.where)
        return Update(mute_place(context, place, form.duration))
    except AppError as error:
        return Open(draw_mute_form(context, form, error.user_message, rule))


@dialog("quiet.open", right=Action.ATTENTION_SELF, feature=Feature.QUIET_HOURS)
def open_quiet(context: Context) -> Reply:
    """Open the quiet hours of a place; with `add`, with one more window."""
    place = _quiet_place(context)
    stored = quiet.windows_of(context.session, context.tenant_id, place.target)
    form = form_of(stored, place.timezone)
    is_more = bool(stored) and "add" in context.interaction.parameters
    return Open(draw_quiet_form(place, _with_one_more(form) if is_more else form))


@dialog("quiet.form", right=Action.ATTENTION_SELF, feature=Feature.QUIET_HOURS)
def add_window(context: Context) -> Reply:
    return Open(draw_quiet_form(_quiet_place(context), _with_one_more(_filled_in(context))))


@dialog("quiet.save", right=Action.ATTENTION_SELF, writes=True, feature=Feature.QUIET_HOURS)
def save_quiet(context: Context) -> Reply:
    place, form = _quiet_place(context), _filled_in(context)
    try:
        windows, zone = windows_of_form(form), zone_of_form(form)
        quiet.set_quiet_hours(context.session, context.actor, place.target, windows, zone, urgent=form.urgent)
    except AppError as error:
        return Open(draw_quiet_form(place, form, error.user_message))
    return Update(draw_quiet(context, place, tr("Quiet hours are set")))


def _filled_in(context: Context) -> QuietForm:
    rows = row_id(context.interaction.parameters.get("rows", "")) or 1
    return read_form(context.interaction.inputs, rows)


def _with_one_more(form: QuietForm) -> QuietForm:
    return replace(form, rows=[*form.rows, WindowRow()])


def _quiet_place(context: Context) -> Place:
    """Return the place of the dialog. Raises NotAllowed for one that the person may not change."""
    word = context.interaction.parameters.get("where", "")
    place = find_quiet_place(context, [word] if word else [])
    quiet.require_change(context.session, context.actor, place.target)
    return place


@dialog("digest.open", right=Action.ATTENTION_SELF, feature=Feature.DIGESTS)
def open_digest(context: Context) -> Reply:
    place = _digest_place(context)
    found = digests.find_digest(context.session, context.tenant_id, place.target)
    return Open(draw_digest_form(place, form_of_digest(found)))


@dialog("digest.save", right=Action.ATTENTION_SELF, writes=True, feature=Feature.DIGESTS)
def save_digest(context: Context) -> Reply:
    place, form = _digest_place(context), read_digest_form(context.interaction.inputs)
    try:
        schedule = schedule_of_form(form)
        digests.set_digest(context.session, context.actor, place.target, schedule, place.timezone, now())
    except AppError as error:
        return Open(draw_digest_form(place, form, error.user_message))
    return Update(draw_digest(context, place, tr("The digest is set")))


def _digest_place(context: Context) -> Place:
    """Return the place of the dialog. Raises NotAllowed for one that the person may not change."""
    word = context.interaction.parameters.get("where", "")
    place = find_digest_place(context, [word] if word else [])
    quiet.require_change(context.session, context.actor, place.target)
    return place
