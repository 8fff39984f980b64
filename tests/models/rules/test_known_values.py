"""Which names a condition may mean, where the connection knows them all."""

import pytest

from models.pipedrive.names import Name, Names
from models.rules.known_values import UnknownValue, choices_of, find_unknown_values

NAMES = Names(
    {
        ("stage", "1"): Name("Qualified"),
        ("stage", "2"): Name("Proposal made"),
        ("organization", "1"): Name("Bolt"),
        ("deal_field", "a" * 40): Name("Region", {"options": {"1": "North", "2": "South"}}),
    }
)


@pytest.mark.parametrize(
    ("field", "names"),
    [
        ("stage", ["Proposal made", "Qualified"]),
        ("status", ["deleted", "lost", "open", "won"]),
        ("custom.region", ["North", "South"]),
        ("custom." + "a" * 40, ["North", "South"]),
        ("organization", []),
        ("pipeline", []),
        ("title", []),
    ],
)
def test_a_field_has_the_names_that_are_known_completely(field: str, names: list[str]) -> None:
    assert choices_of(field, ["deal"], NAMES) == names


def test_only_names_that_cannot_be_are_unknown() -> None:
    asked = {"field": "stage", "op": "in", "value": ["qualified", "Propsal made", "2", 7]}
    (found,) = find_unknown_values(asked, ["deal"], NAMES)
    assert found == UnknownValue("Propsal made", ("Proposal made",))
    assert find_unknown_values({**asked, "op": "contains", "value": "x"}, ["deal"], NAMES) == []


@pytest.mark.parametrize("typed", ["Pr\u030ci\u0301prava", "İSTANBUL", "pří\u200bprava", "istanbul"])
def test_a_name_is_known_however_its_letters_are_made(typed: str) -> None:
    names = Names({("stage", "1"): Name("Příprava"), ("stage", "2"): Name("İstanbul")})
    asked = {"field": "stage", "op": "equals", "value": typed}
    assert find_unknown_values(asked, ["deal"], names) == []
