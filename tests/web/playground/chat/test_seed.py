"""The initial people are in the spaces, and the app answers every command of the menu."""

from bot.dispatch import MESSAGE_ACTIONS, QUICK_COMMANDS, TEXT_COMMANDS
from web.playground.chat.seed import COMMANDS, seed
from web.playground.chat.store import ChatStore
from web.playground.people import GIL
from web.setup import values


def test_everybody_is_in_the_rooms_and_in_one_direct_message() -> None:
    store = ChatStore()
    seed(store)
    for person in store.people:
        direct = [space.name for space in store.spaces.values() if space.direct and person in space.members]
        assert len(direct) == 1
    rooms = [space for space in store.spaces.values() if not space.direct]
    assert len(rooms) == 3
    assert all(space.members == set(store.people) and space.webhooks for space in rooms)


def test_the_menu_offers_exactly_the_commands_that_the_app_answers() -> None:
    offered = {int(str(command["id"])): command["type"] for command in COMMANDS}
    answered = dict.fromkeys(TEXT_COMMANDS, "SLASH_COMMAND") | dict.fromkeys(QUICK_COMMANDS, "QUICK_COMMAND")
    answered |= dict.fromkeys(MESSAGE_ACTIONS, "MESSAGE_ACTION")
    assert offered == answered
    assert {(each.id, each.name) for each in values.COMMANDS} == {
        (command["id"], command["name"]) for command in COMMANDS
    }


def test_a_chat_of_an_earlier_release_gets_the_people_it_did_not_know() -> None:
    store = ChatStore()
    seed(store)
    for space in store.spaces.values():
        space.members -= {GIL.name}
    del store.spaces["spaces/DM1004"]
    store.spaces["spaces/AAAA"].title = "Renamed"
    seed(store)
    assert store.spaces["spaces/DM1004"].members == {GIL.name}
    assert GIL.name in store.spaces["spaces/AAAA"].members
    assert store.spaces["spaces/AAAA"].title == "Renamed"
