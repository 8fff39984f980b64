import pytest

from bot.registry import Registry


def test_handlers_are_found_by_name_in_the_order_they_came() -> None:
    shelf: Registry[type[int]] = Registry("thing")
    shelf("b", says="B", usage="<x>", writes=True)(int)
    shelf("a")(int)
    assert [entry.name for entry in shelf] == ["b", "a"]
    assert (shelf["b"].says, shelf["b"].usage, shelf["b"].writes) == ("B", "<x>", True)
    assert (shelf.get("c"), len(shelf)) == (None, 2)


def test_a_name_is_taken_once() -> None:
    shelf: Registry[type[int]] = Registry("thing")
    shelf("a")(int)
    with pytest.raises(ValueError, match="two handlers for the thing 'a'"):
        shelf("a")(int)
