"""Buttons that only read: help, and commands offered as buttons."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply
from bot.command_line import find_command, split_words
from bot.context import COMMANDS, Context, press
from bot.home.help import help_reply, unknown_command


@press("help.show")
def show_help(_context: Context) -> Reply | AfterReading:
    return help_reply()


@press("phrase.say")
def say_phrase(context: Context) -> Reply | AfterReading:
    """Run the command that the button names, as if it had been typed; only commands that change nothing."""
    words = split_words(context.interaction.parameters.get("phrase", ""))
    found = find_command(words, (entry.name for entry in COMMANDS))
    if found is None or COMMANDS[found[0]].writes:
        context.args = words
        return unknown_command(context)
    context.args = found[1]
    return COMMANDS[found[0]].handle(context)
