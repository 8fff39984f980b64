import pytest

from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.resolve import readers
from models.pipedrive.names import NO_NAMES, Name, Names
from tests.models.pipedrive.webhook import HASH, NAMES


@pytest.mark.parametrize("entity", ENTITIES)
def test_every_declared_field_can_be_asked_for(entity: str) -> None:
    for field in ENTITIES[entity].fields:
        assert list(readers(field, [entity], NO_NAMES)) == [entity]


def test_field_of_one_entity_serves_a_rule_for_several() -> None:
    assert list(readers("value", ["deal", "person", "lead"], NO_NAMES)) == ["deal", "lead"]


@pytest.mark.parametrize(
    ("field", "entities", "names", "message"),
    [
        ("vlaue", ["deal"], NAMES, "unknown field 'vlaue', did you mean 'value'?"),
        ("value", ["person"], NAMES, "unknown field 'value'"),
        ("custom.Budgt", ["deal"], NAMES, "unknown custom field 'Budgt', did you mean 'Budget'?"),
        (
            "custom.Budget",
            ["deal"],
            NO_NAMES,
            "custom field 'Budget' needs a connection to Pipedrive, none of its fields is known",
        ),
        ("custom.Budget", ["note"], NAMES, "custom field 'Budget' needs a connection"),
    ],
)
def test_unknown_fields_are_refused_with_help(
    field: str, entities: list[str], names: Names, message: str
) -> None:
    with pytest.raises(ValueError, match=r"custom|unknown") as refused:
        readers(field, entities, names)
    assert str(refused.value).startswith(message)


def test_hash_needs_no_names_and_leads_share_the_fields_of_deals() -> None:
    assert list(readers(f"custom.{HASH}", ["deal", "person"], NO_NAMES)) == ["deal", "person"]
    assert list(readers("custom.budget", ["deal", "lead", "person"], NAMES)) == ["deal", "lead"]


def test_two_fields_of_one_name_must_be_told_apart() -> None:
    names = Names({("deal_field", letter * 40): Name("Budget") for letter in "ab"})
    with pytest.raises(ValueError, match="several custom fields are called 'Budget'"):
        readers("custom.Budget", ["deal"], names)
