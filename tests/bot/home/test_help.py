from pathlib import Path

import pytest

from bot.context import COMMANDS
from bot.home.help import TITLES, list_topics
from models.accounts.rights import Action
from tests.chat import Chat

DOCS = Path(__file__).parents[3] / "docs" / "commands.md"


def table() -> list[str]:
    """The commands as the documentation lists them."""
    rows = []
    for entry in COMMANDS:
        name = "" if entry.name == "home" else f" {entry.name}"
        usage = f" {entry.usage}".replace("|", r"\|") if entry.usage else ""
        changes = "yes" if entry.writes else ""
        rows.append(f"| `/pipenotify{name}{usage}` | {entry.summary} | {changes} |")
    return sorted(rows)


def test_the_documentation_lists_what_there_is_and_nothing_else() -> None:
    listed = [line for line in DOCS.read_text().splitlines() if line.startswith("| `/pipenotify")]
    assert sorted(listed) == table()
    assert len(listed) > 15


def test_help_names_every_command(chat: Chat) -> None:
    reply = chat.say("help")
    for_all = [entry for entry in COMMANDS if entry.right is not Action.OPERATE]
    assert [entry.summary for entry in for_all if not reply.has(entry.summary)] == []


@pytest.mark.parametrize(
    ("only", "title"),
    [("rules", "Rules"), ("space", "Spaces and other destinations"), ("unmute", "Turning noise down")],
)
def test_help_may_be_asked_for_one_topic(only: str, title: str) -> None:
    assert [topic.title for topic in list_topics(COMMANDS, only)] == [title]


def test_no_topic_is_the_whole_help() -> None:
    assert [topic.title for topic in list_topics(COMMANDS)] == list(TITLES.values())
