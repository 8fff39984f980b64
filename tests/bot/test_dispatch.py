from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.context import COMMANDS, DIALOGS, PRESSES, Context, press
from bot.registry import Registry
from models.accounts.rights import Action
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.tables import UnknownCommand
from tests.chat import ADA, BOB, BOLTS, EVE, NEW, Chat


def test_a_bare_command_shows_the_home_card(chat: Chat) -> None:
    reply = chat.say()
    assert (reply.how, reply.title) == ("message", "Pipenotify")
    assert reply.viewer == "users/1"


def test_a_direct_message_is_private_by_itself(chat: Chat) -> None:
    chat.space = {"name": "spaces/DM", "spaceType": "DIRECT_MESSAGE", "singleUserBotDm": True}
    reply = chat.mention("help")
    assert reply.title == "Pipenotify help"
    assert reply.viewer is None


@pytest.mark.parametrize("text", ["rule lsit", "rules lisst", "statsu", "hepl"])
def test_a_mistyped_command_is_answered_with_suggestions(chat: Chat, text: str) -> None:
    reply = chat.say(text)
    assert text in reply.title
    assert any("phrase" in parameters for parameters in reply.buttons().values())


def test_a_suggested_button_runs_its_command(chat: Chat) -> None:
    offered = chat.say("hepl").buttons()["help"]
    reply = chat.click(**offered)
    assert (reply.how, reply.title) == ("update", "Pipenotify help")


def test_a_command_without_similar_ones_is_answered_by_help(chat: Chat) -> None:
    reply = chat.say("qwertzuiop")
    assert reply.title == "I do not know “qwertzuiop”"
    assert list(reply.buttons()) == ["rule list", "space list", "status", "All commands"]
    assert len(reply.card["sections"][0]["widgets"]) == 2, "no wall of text"


def test_a_phrase_button_changes_nothing_whatever_it_holds(chat: Chat) -> None:
    assert chat.click("phrase.say", phrase="rule off 1").title == "Rule off"


def test_an_unknown_command_id_is_answered_by_help(chat: Chat) -> None:
    reply = chat.quick(999)
    assert reply.title == "Pipenotify help"
    assert reply.has("This command does nothing yet")


def test_the_quick_command_report_answers_as_the_words_do(chat: Chat) -> None:
    assert chat.quick(7).title == chat.say("report").title != "Pipenotify help"


def test_a_retired_button_says_so_on_its_own_card(chat: Chat) -> None:
    reply = chat.click("never.was")
    assert (reply.how, reply.title) == ("update", "This button has retired")


@pytest.mark.parametrize("do", ["never.was", ""])
def test_a_retired_button_leaves_a_card_that_all_see(chat: Chat, do: str) -> None:
    reply = chat.click(do, on_private=False)
    assert (reply.how, reply.viewer, reply.title) == ("message", chat.user["name"], "This button has retired")


@pytest.mark.parametrize("text", ["", "help", "rule list", "rule new", "space list", "about"])
def test_an_unlinked_space_gets_only_the_welcome(chat: Chat, text: str) -> None:
    chat.space = NEW
    reply = chat.say(text)
    assert reply.title == "Welcome to Pipenotify"
    assert reply.has("Link this space")
    assert reply.has(f"“{text}” works here once this space is linked") is bool(text)


@pytest.mark.parametrize("text", ["", "help", "space here"])
def test_an_unknown_user_gets_the_welcome_with_a_connect_button(chat: Chat, text: str) -> None:
    chat.space, chat.user = NEW, EVE
    reply = chat.say(text)
    assert reply.title == "Welcome to Pipenotify"
    assert reply.buttons()["Connect Pipedrive"] == {"do": "connection.show"}


def test_a_space_decides_whose_rules_are_seen(chat: Chat) -> None:
    chat.space = BOLTS
    reply = chat.say("rule list")
    assert reply.has("Wins of Bolt")
    assert not reply.has("Wins of Acme")


def test_a_direct_message_shows_the_tenant_of_the_email(chat: Chat) -> None:
    chat.space, chat.user = {"name": "spaces/DM2", "type": "DM"}, BOB
    reply = chat.mention("rule list")
    assert reply.has("Wins of Bolt")
    assert not reply.has("Wins of Acme")


def test_other_apps_are_not_answered(chat: Chat) -> None:
    chat.user = {**EVE, "type": "BOT"}
    assert chat.mention("help").how == "nothing"


def test_being_removed_is_acknowledged_by_nothing(chat: Chat) -> None:
    assert chat.removed().how == "nothing"


def test_an_unexpected_error_is_shown_without_details(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_context: Context) -> None:
        raise ZeroDivisionError("secret detail")

    entry = COMMANDS["about"]
    monkeypatch.setitem(COMMANDS._entries, "about", replace(entry, handle=broken))  # type: ignore[arg-type]
    reply = chat.say("about")
    assert reply.title == "That did not work"
    assert not reply.has("secret detail")


def test_an_unavailable_database_is_shown_without_details(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_self: Database) -> None:
        raise DatabaseUnavailable("disk on fire")

    monkeypatch.setattr(Database, "reading_all", gone)
    reply = chat.say("rule list")
    assert reply.title == "Not now"
    assert not reply.has("disk on fire")


def test_a_name_is_registered_once() -> None:
    with pytest.raises(ValueError, match=r"two handlers for the button 'help\.show'"):
        press("help.show", right=Action.HELP_READ)(lambda _context: None)  # type: ignore[arg-type,return-value]


def test_a_button_and_a_dialog_never_share_a_name() -> None:
    assert len(PRESSES) > 0
    assert {entry.name for entry in PRESSES} & {entry.name for entry in DIALOGS} == set()


def test_an_unregistered_name_is_not_found() -> None:
    registry: Registry[object] = Registry("thing")  # type: ignore[type-var]
    assert registry.get("nothing") is None


def _unknown(database: Database) -> dict[str, int]:
    with database.reading_all() as session:
        return dict(session.execute(select(UnknownCommand.command_id, UnknownCommand.times)).all())


@pytest.mark.parametrize("user", [ADA, EVE])
def test_an_unknown_command_id_is_recorded_for_every_user(
    chat: Chat, database: Database, user: dict[str, str]
) -> None:
    chat.user = user
    for command_id in (999, 999, 8):
        chat.quick(command_id)
    assert _unknown(database) == {"999": 2, "8": 1}


@pytest.mark.parametrize("command_id", [1, 2, 3, 4, 5, 6, 7])
def test_ids_that_the_setup_page_says_to_register_are_known(
    chat: Chat, database: Database, command_id: int
) -> None:
    chat.quick(command_id)
    chat.say("no such words")
    assert _unknown(database) == {}
