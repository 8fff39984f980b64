import bot.dispatch  # noqa: F401 - registers the commands
from bot.command_words import MEANT
from bot.context import COMMANDS


def test_only_commands_that_exist_are_suggested() -> None:
    known = {entry.name for entry in COMMANDS}
    assert {name for names in MEANT.values() for name in names} <= known
