"""Buttons that only read: help, and commands offered as buttons."""

from __future__ import annotations

from bot.chat.reply import Reply
from bot.command_line import find_command, split_words
from bot.context import COMMANDS, Context, press
from bot.home.help import explain_command, help_reply, unknown_command


@press("help.show")
def show_help(_context: Context) -> Reply:
    return help_reply()


@press("phrase.say")
def say_phrase(context: Context) -> Reply:
    """Run the command that the button names, as if it had been typed; only commands that change nothing."""
    words = split_words(context.interaction.parameters.get("phrase", ""))
    found = find_command(words, (entry.name for entry in COMMANDS))
    if found is None:
        context.args = words
        return unknown_command(context)
    if COMMANDS[found[0]].writes:
        return explain_command(COMMANDS[found[0]])
    context.args = found[1]
    return COMMANDS[found[0]].handle(context)
