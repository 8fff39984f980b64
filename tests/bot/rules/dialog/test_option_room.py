import json

from bot.rules.dialog.option_room import MOST_LISTED, Listing, OptionRoom
from bot.widgets.buttons import Pen

FIND = {"of": "field"}


def test_a_short_list_is_a_dropdown() -> None:
    choice = OptionRoom().choose("field1", "Field", Listing([("a", "A"), ("b", "B")], ["b"], FIND))
    assert (choice.kind, choice.search) == ("dropdown", None)
    assert [(each.value, each.selected) for each in choice.options] == [("a", False), ("b", True)]


def test_a_long_list_is_searched_and_holds_what_is_chosen() -> None:
    pairs = [(str(number), f"Field {number}") for number in range(MOST_LISTED + 1)]
    choice = OptionRoom().choose("field1", "Field", Listing(pairs, ["66"], FIND))
    assert choice.kind == "multi"
    assert choice.most == 1
    assert choice.options[0].value == "66"
    assert choice.options[0].selected
    drawn = choice.draw(Pen("https://x.test/chat/events"))["selectionInput"]
    assert drawn["externalDataSource"]["parameters"][0] == {"key": "do", "value": "rule.find"}
    assert drawn["multiSelectMaxSelectedItems"] == 1


def test_lists_get_shorter_when_the_room_is_used_up() -> None:
    room = OptionRoom(2000)
    pairs = [(f"字{number}" * 9, "字" * 200) for number in range(30)]
    kinds = [room.choose(f"field{n}", "Field", Listing(pairs, [], FIND)).search is None for n in range(3)]
    assert kinds == [False, False, False]
    short = [("a", "A")]
    assert OptionRoom(2000).choose("x", "X", Listing(short, [], FIND)).search is None


def test_the_cost_of_options_is_what_they_take_on_the_wire() -> None:
    room = OptionRoom(10_000)
    pairs = [(f"value {n}", f"Text “{n}”") for n in range(40)]
    choice = room.choose("x", "X", Listing(pairs, [], FIND))
    drawn = choice.draw(Pen("https://x.test"))["selectionInput"]["items"]
    assert len(json.dumps(drawn)) <= 10_000 - room.left <= 2 * len(json.dumps(drawn))
