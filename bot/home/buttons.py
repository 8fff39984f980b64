"""The buttons of help, and commands offered as buttons."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Reply, ShownOnce
from bot.command_line import find_command, split_words
from bot.context import COMMANDS, Context, press
from bot.home.help import explain_command, help_reply, unknown_command
from models.accounts.permissions import require
from models.accounts.rights import Action


@press("help.show", right=Action.HELP_READ)
def show_help(context: Context) -> Reply:
    return help_reply(context)


@press("phrase.do", right=Action.HELP_READ, writes=True)
def do_phrase(context: Context) -> Reply | AfterReading | ShownOnce:
    """Run the command that the button names, also one that changes something, as if it had been typed."""
    words = split_words(context.interaction.parameters.get("phrase", ""))
    found = find_command(words, (entry.name for entry in COMMANDS))
    return _run(context, *found) if found else _unknown(context, words)


@press("phrase.say", right=Action.HELP_READ)
def say_phrase(context: Context) -> Reply | AfterReading | ShownOnce:
    """Run the command that the button names, as if it had been typed; only commands that change nothing."""
    words = split_words(context.interaction.parameters.get("phrase", ""))
    found = find_command(words, (entry.name for entry in COMMANDS))
    if found is None:
        return _unknown(context, words)
    entry = COMMANDS[found[0]]
    if entry.writes:
        require(context.session, context.actor, entry.right, entry.feature)
        return explain_command(context, entry)
    return _run(context, *found)


def _unknown(context: Context, words: tuple[str, ...]) -> Reply:
    context.args = words
    return unknown_command(context)


def _run(context: Context, name: str, args: tuple[str, ...]) -> Reply | AfterReading | ShownOnce:
    entry = COMMANDS[name]
    require(context.session, context.actor, entry.right, entry.feature)
    context.right, context.args = entry.right, args
    return entry.handle(context)
