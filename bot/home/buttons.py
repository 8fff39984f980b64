"""Buttons that only read: help, and commands offered as buttons."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply
from bot.command_line import find_command, split_words
from bot.context import COMMANDS, Context, press
from bot.home.help import explain_command, help_reply, unknown_command
from models.accounts.permissions import require
from models.accounts.rights import Action


@press("help.show", right=Action.HELP_READ)
def show_help(context: Context) -> Reply:
    return help_reply(context)


@press("phrase.say", right=Action.HELP_READ)
def say_phrase(context: Context) -> Reply | AfterReading:
    """Run the command that the button names, as if it had been typed; only commands that change nothing."""
    words = split_words(context.interaction.parameters.get("phrase", ""))
    found = find_command(words, (entry.name for entry in COMMANDS))
    if found is None:
        context.args = words
        return unknown_command(context)
    entry = COMMANDS[found[0]]
    require(context.session, context.actor, entry.right)
    if entry.writes:
        return explain_command(entry)
    context.right, context.args = entry.right, found[1]
    return entry.handle(context)
