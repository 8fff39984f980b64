import pytest

from bot.registry import Registry
from models.accounts.features import Feature
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


def test_an_entry_needs_the_feature_of_its_right_unless_it_names_one() -> None:
    registry: Registry[type[int]] = Registry("thing")
    registry("template", right=Action.TEMPLATE_CHANGE)(int)
    registry("stalled", right=Action.SPACE_CHANGE, feature=Feature.STALLED)(int)
    registry("space", right=Action.SPACE_CHANGE)(int)

    assert [entry.feature for entry in registry] == [Feature.TEMPLATES, Feature.STALLED, None]
