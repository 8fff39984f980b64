"""The dialogs of nudges: what mends a line, putting it off, and the settings of the team."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Close, Open, Reply, Update
from bot.context import Context, dialog
from bot.nudges.fix import draw_fix, save_fix
from bot.nudges.form import draw_settings, read_settings
from bot.nudges.lines import line_of
from bot.nudges.show import settings_text
from bot.stalled.form import draw_snooze_fields, read_snooze
from bot.text.format import day
from bot.widgets import Card, Press
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.nudges.settings import get_plan, set_plan
from models.nudges.snoozes import snooze_line
from models.stalled.queries import zone_of


@dialog("nudge.fix", right=Action.CARD_PRESS)
def ask_for_fix(context: Context) -> Reply:
    return Open(draw_fix(context, line_of(context)))


@dialog("nudge.mend", right=Action.CARD_PRESS, writes=True)
def mend(context: Context) -> Reply:
    """Write what was filled in as the person; what cannot be read is shown again with the reason."""
    pressed = line_of(context)
    try:
        return save_fix(context, pressed)
    except InvalidRequest as refused:
        return Open(draw_fix(context, pressed, refused.user_message))


@dialog("nudge.snooze", right=Action.CARD_PRESS)
def ask_for_snooze(context: Context) -> Reply:
    pressed = line_of(context)
    return Open(_snooze_form(pressed.line.id, pressed.title))


@dialog("nudge.put_off", right=Action.CARD_PRESS, writes=True)
def put_off(context: Context) -> Reply:
    """Put a line off, with its reason; what is refused is asked again."""
    pressed, inputs = line_of(context), context.interaction.inputs
    reason = next(iter(inputs.get("reason", ())), "")
    try:
        until = read_snooze(inputs, now(), zone_of(context.session, context.tenant_id))
        title = snooze_line(context.session, context.actor, pressed.line.id, until, reason, now())
    except InvalidRequest as refused:
        return Open(_snooze_form(pressed.line.id, pressed.title, refused.user_message, reason))
    return Close(tr("{title} is snoozed until {day}.", title=title, day=day(until.date())))


def _snooze_form(line_id: int, title: str, problem: str = "", reason: str = "") -> Card:
    save = Press("nudge.put_off", {"line": str(line_id)})
    return draw_snooze_fields(tr("Put this off"), title, save, problem, reason=reason, asks_why=True)


@dialog("nudge.set", right=Action.ATTENTION_CHANGE)
def open_settings(context: Context) -> Reply:
    return Open(draw_settings(context))


@dialog("nudge.save", right=Action.ATTENTION_CHANGE, writes=True)
def save_settings(context: Context) -> Reply:
    """Save the settings; what is refused is shown in the form again with the reason."""
    try:
        set_plan(context.session, context.actor, read_settings(context), now())
    except InvalidRequest as refused:
        return Open(draw_settings(context, refused.user_message))
    return Update(done_card(tr("Saved"), settings_text(get_plan(context.session, context.tenant_id))))
