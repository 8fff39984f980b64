import pytest

from bot.registry import Registry
from models.accounts.rights import Action


def test_handlers_are_found_by_name_in_the_order_of_registration() -> None:
    registry: Registry[type[int]] = Registry("thing")
    registry("b", right=Action.RULE_MAKE, summary="B", usage="<x>", writes=True)(int)
    registry("a", right=Action.HELP_READ)(int)
    assert [entry.name for entry in registry] == ["b", "a"]
    assert (registry["b"].summary, registry["b"].usage, registry["b"].writes) == ("B", "<x>", True)
    assert registry["b"].right is Action.RULE_MAKE
    assert (registry.get("c"), len(registry)) == (None, 2)


def test_a_name_is_registered_once() -> None:
    registry: Registry[type[int]] = Registry("thing")
    registry("a", right=Action.HELP_READ)(int)
    with pytest.raises(ValueError, match="two handlers for the thing 'a'"):
        registry("a", right=Action.HELP_READ)(int)
