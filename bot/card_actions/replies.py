"""Words in the thread of a record's card become a note, or an activity with its day.

They are those of a mention, or of any message that somebody chooses in its menu (a message action). Chat
tells an app neither of edits nor of messages without a mention, and lets it add no reactions with its own
credentials. So the person is answered privately, with a button that changes what they wrote.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from bot.card_actions.form import (
    activity_widgets,
    draw_form,
    note_html,
    note_widgets,
    read_activity,
    read_note,
)
from bot.card_actions.pressed import TOO_OLD, PressedCard, ask_to_connect, card_of, tell_who_was_first
from bot.card_actions.spoken import Spoken, local_due, read_spoken
from bot.cards.done import done_card
from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import Close, Open, Reply, Say
from bot.context import BotDeps, Context, dialog, press
from bot.text.format import clean, clock_text, day
from bot.widgets import Button, Message, Press
from bot.widgets import press as button
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.card_actions.actions import CardPress, PressOutcome, record_press
from models.card_actions.changes import action_with_key, change_made, made_by, present_fields
from models.card_actions.copies import card_that_began, mark_due
from models.card_actions.records import ABOUT, ACTIVITY, NOTE, verb_of
from models.card_actions.waiting import give_way
from models.card_actions.words import press_of
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.languages.words import meaning_of
from models.pipedrive.declaration import Markup
from models.pipedrive.names import NO_NAMES
from models.pipedrive.readable import without_markup
from models.tables.card_actions import CardAction, CardActionState

WRITE: Final = "reply.write"
HELP: Final = ("help", "?")
IN_YOUR_NAME: Final = marked("It is written to Pipedrive in your name. The card shows it in a moment.")
CHANGED: Final = marked("It is changed in Pipedrive in a moment")
NO_RECORD: Final = marked(
    "This message is in no thread of a deal, lead, person or organization, so Pipenotify does not know what"
    " it is about. Choose one in the thread under a card."
)
NO_WORDS: Final = marked("This message has no words that could be written to Pipedrive.")
NO_ACTIVITY: Final = marked("It was an activity, so say when: a day, or a time.")


def card_replied_to(interaction: Interaction, tenant_id: int, deps: BotDeps) -> int | None:
    """Return the delivery whose card's thread an interaction speaks in, None for everything else.

    A slash command stays a command everywhere, and so does the question for help.
    """
    words = interaction.text.strip()
    is_mention = interaction.kind is InteractionKind.MESSAGE and not interaction.space.is_dm
    is_spoken = is_mention and meaning_of(words.lower()) not in ("", *HELP)
    is_chosen = interaction.kind is InteractionKind.MESSAGE_ACTION
    if not interaction.message_name or not (is_spoken or is_chosen):
        return None
    with deps.database.reading(tenant_id) as session:
        return card_that_began(session, tenant_id, interaction.space.name, interaction.thread)


@press(WRITE, right=Action.CARD_PRESS, writes=True)
def write_reply(context: Context) -> Reply:
    """Write the words of a message, once, whoever chooses it; who has not connected yet gives way to others.

    One that comes again with other words was edited, and so is the note.
    """
    if not context.args:
        raise InvalidRequest(user_message=tr(TOO_OLD))
    card = card_of(context, row_id(context.args[0]), ABOUT)
    asked = context.interaction
    if not asked.text.strip():
        raise InvalidRequest(user_message=tr(NO_WORDS))
    spoken = _with_author(read_spoken(asked.text, _timezone(context), now()), asked)
    key, earlier = _written_of(context, asked.message_name)
    if earlier is not None and earlier.user_id != context.actor.user_id:
        if not give_way(context.session, earlier):
            return tell_who_was_first(context, card.title, earlier)
        key, earlier = _written_of(context, asked.message_name)
    if earlier is not None:
        fields = spoken.fields
        if verb_of(earlier.do) == NOTE and spoken.verb == ACTIVITY:
            fields = {"content": _signed(read_note({"note": [asked.text]}), asked)}
        elif verb_of(earlier.do) != spoken.verb:
            raise InvalidRequest(user_message=tr(NO_ACTIVITY))
        change_made(context.session, context.actor, earlier, fields, _key(asked.key or uuid.uuid4().hex))
        return _answer(context, card, earlier, fields)
    return _record(context, card, f"{card.change.entity}.{spoken.verb}", spoken.fields, key)


def answer_no_record(_context: Context) -> Reply:
    """Tell the person alone that a message they chose is about no record."""
    raise InvalidRequest(user_message=tr(NO_RECORD))


def _with_author(spoken: Spoken, asked: Interaction) -> Spoken:
    """Let a note say whose words it holds, where somebody else wrote them."""
    if spoken.verb != NOTE:
        return spoken
    return replace(spoken, fields={"content": _signed(spoken.fields["content"], asked)})


def _signed(content: str, asked: Interaction) -> str:
    return f"{note_html(asked.author)}: {content}" if asked.author else content


def _written_of(context: Context, message_name: str) -> tuple[str, CardAction | None]:
    """Return the key for the words of a message, and what wrote them; what failed may be written anew."""
    key = _key(message_name)
    while (found := action_with_key(context.session, context.tenant_id, key)) is not None:
        if found.state != CardActionState.FAILED:
            return key, found
        key = _key(f"{message_name}\0{found.id}")
    return key, None


def _record(context: Context, card: PressedCard, do: str, fields: Mapping[str, Any], key: str) -> Reply:
    pressed = CardPress(
        key=key,
        do=do,
        delivery_id=card.head.id,
        entity=card.change.entity,
        object_id=card.change.object_id,
        lane=card.head.lane,
        fields=fields,
        since=card.head.created_at or now(),
        seen=card.shown.seen,
    )
    done = record_press(context.session, context.actor, pressed)
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    _draw_again(context, done.action)
    return _answer(context, card, done.action, fields)


def _answer(context: Context, card: PressedCard, action: CardAction, fields: Mapping[str, Any]) -> Reply:
    """Tell the person alone what is being written, with the way to change it."""
    if action.state == CardActionState.WAITING:
        return ask_to_connect(context)
    title = press_of(action.do, fields, NO_NAMES, card.title)
    return Say(_confirmation(context, title, action.id, fields))


def _confirmation(context: Context, title: str, action_id: int, fields: Mapping[str, Any]) -> Message:
    due, at = local_due(fields, _timezone(context))
    when = ", ".join(filter(None, (day(due), clock_text(f"{at:%H:%M}") if at else "")))
    facts = [(tr("When"), when)] if when else []
    buttons = [Button(tr("Change"), button("reply.change", dialog=True, made=action_id))]
    return done_card(title, tr(IN_YOUR_NAME), facts=facts, buttons=buttons)


@dialog("reply.change", right=Action.CARD_PRESS)
def ask_change(context: Context) -> Reply:
    """Show what was written, to be changed."""
    return Open(_form(context, _made(context)))


@dialog("reply.save", right=Action.CARD_PRESS, writes=True)
def save_change(context: Context) -> Reply:
    """Change what was written; what cannot be read is asked for again."""
    made, asked = _made(context), context.interaction
    try:
        is_note = verb_of(made.do) == NOTE
        fields: Mapping[str, Any] = (
            {"content": read_note(asked.inputs)} if is_note else read_activity(asked.inputs, asked.timezone)
        )
        change_made(context.session, context.actor, made, fields, _key(asked.key or uuid.uuid4().hex))
    except InvalidRequest as refused:
        return Open(_form(context, made, refused.user_message))
    _draw_again(context, made)
    return Close(tr(CHANGED))


def _form(context: Context, made: CardAction, problem: str = "") -> Any:
    fields, typed = present_fields(context.session, made), context.interaction.inputs
    save = Press("reply.save", {"made": str(made.id)})
    if verb_of(made.do) == NOTE:
        lines = str(fields.get("content", "")).split("<br>")
        words = "\n".join(without_markup(line, Markup.HTML) for line in lines)
        return draw_form(tr("Change the note"), "", note_widgets(words), save, problem)
    due, at = local_due(fields, _timezone(context))
    inputs = typed if problem else {name: [str(fields.get(name, ""))] for name in ("subject", "type")}
    widgets = activity_widgets(inputs, due or now().date(), f"{at:%H:%M}" if at else "")
    return draw_form(tr("Change the activity"), clean(str(fields.get("subject", ""))), widgets, save, problem)


def _made(context: Context) -> CardAction:
    number = row_id(context.interaction.parameters.get("made", ""))
    found = made_by(context.session, context.actor, number) if number is not None else None
    if found is None:
        raise InvalidRequest(user_message=tr(TOO_OLD))
    return found


def _draw_again(context: Context, action: CardAction) -> None:
    about = (action.entity, action.object_id, action.delivery_id)
    mark_due(context.session, context.tenant_id, *about, now())
    context.wake_worker = True


def _timezone(context: Context) -> str:
    return context.interaction.timezone or get_tenant(context.session, context.tenant_id).timezone


def _key(text: str) -> str:
    return hashlib.sha256(f"reply\0{text}".encode("utf-8", "replace")).hexdigest()
