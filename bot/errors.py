"""Turns errors into cards, in plain words and without a stack trace."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import structlog

from bot.cards.error import error_card
from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import Open, Reply, Say, Update, Warn
from bot.command_line import find_command, join_words, split_words
from bot.context import COMMANDS, Context
from bot.widgets import Button, Message, press
from models.accounts.features import FeatureDisabled
from models.errors import (
    AppError,
    Conflict,
    InvalidRequest,
    NotAllowed,
    NotFound,
    SecretUnreadable,
    Unavailable,
)
from models.languages.translate import marked, tr, tr_stored

log = structlog.get_logger()

TITLES: Final[tuple[tuple[type[AppError], str], ...]] = (
    (FeatureDisabled, marked("Not in your plan")),
    (NotAllowed, marked("You may not do this")),
    (NotFound, marked("I could not find that")),
    (Conflict, marked("Somebody was faster")),
    (InvalidRequest, marked("That does not fit")),
    (Unavailable, marked("Not now")),
    (SecretUnreadable, marked("This needs to be connected again")),
)
MOST_LETTERS: Final = 1000  # of a command in each button, so that its card stays small enough
UNEXPECTED: Final = marked("Something went wrong on our side. It is noted. Please try again.")


def log_error(error: Exception, interaction: Interaction) -> None:
    """Log an error once; an expected one without its stack trace."""
    about = {"kind": interaction.kind.value, "do": interaction.do, "space": interaction.space.name}
    if isinstance(error, AppError):
        log.info("interaction.refused", code=error.code, why=str(error)[:500], **about)
    else:
        log.error("interaction.failed", exc_info=error, **about)


def error_reply(error: Exception, interaction: Interaction) -> Reply:
    """Return the card of an error, shown only to the person concerned.

    What may work a moment later leaves a dialog open, so that nothing that was typed is lost.
    """
    may_work_later = isinstance(error, Unavailable) or not isinstance(error, AppError)
    if may_work_later and interaction.kind is InteractionKind.DIALOG_SUBMIT:
        return Warn(tr_stored(error.user_message) if isinstance(error, AppError) else tr(UNEXPECTED))
    return show_error(error_card_of(error, _choice_buttons(error, interaction)), interaction)


def _choice_buttons(error: Exception, interaction: Interaction) -> list[Button]:
    """Return a button for each thing that a typed command may have meant: it does the same with that."""
    typed = interaction.kind in (InteractionKind.MESSAGE, InteractionKind.COMMAND)
    found = find_command(split_words(interaction.text), (entry.name for entry in COMMANDS))
    if not typed or found is None or not isinstance(error, AppError):
        return []
    name, args = found
    if (at := _place_of(error.sought, args)) is None:
        return []
    do = "phrase.do" if COMMANDS[name].writes else "phrase.say"
    before, after = (*name.split(), *args[:at]), args[at + len(error.sought) :]
    phrases = ((choice, join_words([*before, f"#{number}", *after])) for choice, number in error.choices)
    return [Button(each, press(do, phrase=text)) for each, text in phrases if len(text) <= MOST_LETTERS]


def _place_of(sought: Sequence[str], args: Sequence[str]) -> int | None:
    """Return where the words that were looked for stand: most commands begin with them, else the last."""
    places = [at for at in range(len(args)) if [*args[at : at + len(sought)]] == [*sought]]
    return None if not places else 0 if places[0] == 0 else places[-1]


def error_card_of(error: Exception, choices: Sequence[Button] = ()) -> Message:
    """Return the card: what failed, and what to do next."""
    if not isinstance(error, AppError):
        return error_card(tr("That did not work"), tr(UNEXPECTED), button=_help_button())
    title = next((title for kind, title in TITLES if isinstance(error, kind)), marked("That did not work"))
    return error_card(tr(title), tr_stored(error.user_message), button=_help_button(), choices=choices)


def show_error(message: Message, interaction: Interaction) -> Reply:
    """Choose where an error is shown: in the dialog it happened in, else on a private card."""
    if interaction.kind is InteractionKind.DIALOG_SUBMIT and message.card:
        return Open(message.card)
    if interaction.kind is InteractionKind.CLICK and (interaction.on_private or interaction.space.is_dm):
        return Update(message)
    return Say(message, keep_clicked=True)


def answer_outdated(context: Context) -> Reply:
    """Return the answer to a button that this version does not have. A card that others see stays."""
    why = tr("This card is older than the Pipenotify that reads your click.")
    card = error_card(tr("This button has retired"), why, button=_help_button())
    return show_error(card, context.interaction)


def _help_button() -> Button:
    return Button(tr("Help"), press("help.show"))
