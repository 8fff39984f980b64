"""The initial people are in the spaces, and the commands have unique ids."""

from web.playground.chat.seed import COMMANDS, seed
from web.playground.chat.store import ChatStore


def test_everybody_is_in_the_rooms_and_in_one_direct_message() -> None:
    store = ChatStore()
    seed(store)
    for person in store.people:
        direct = [space.name for space in store.spaces.values() if space.direct and person in space.members]
        assert len(direct) == 1
    rooms = [space for space in store.spaces.values() if not space.direct]
    assert len(rooms) == 3
    assert all(space.members == set(store.people) and space.webhooks for space in rooms)


def test_commands_have_the_ids_that_the_product_knows() -> None:
    ids = {str(command["name"]): int(str(command["id"])) for command in COMMANDS}
    assert (ids["/pipenotify"], ids["/pn"]) == (1, 2)
    assert sorted(ids.values()) == [1, 2, 3, 4, 5, 6, 7]
