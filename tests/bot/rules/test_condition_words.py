from typing import Any

import pytest

from bot.rules.condition_words import condition_words, field_label
from models.pipedrive.names import Name, Names

REGION = "a" * 40
NAMES = Names({("deal_field", REGION): Name("Region", {"kind": "text"})})
BIG: dict[str, Any] = {"field": "value", "op": "at_least", "value": {"amount": 10000, "currency": "EUR"}}
SOON: dict[str, Any] = {"field": "expected_close_date", "op": "before", "value": "2026-12-01"}


@pytest.mark.parametrize(
    ("tree", "words"),
    [
        (None, ""),
        (BIG, "Value is at least 10,000 EUR"),
        ({"all": [BIG, SOON]}, "Value is at least 10,000 EUR and Expected close date is before 2026-12-01"),
        (
            {"all": [BIG, {"any": [SOON, {"field": "stage", "op": "changed"}]}]},
            "Value is at least 10,000 EUR and (Expected close date is before 2026-12-01 or Stage changed)",
        ),
        ({"not": SOON}, "not (Expected close date is before 2026-12-01)"),
        ({"field": f"custom.{REGION}", "op": "is", "value": "North"}, "Region is North"),
        ({"field": "custom.region", "op": "is", "value": "North"}, "region is North"),
    ],
)
def test_conditions_read_with_the_names_of_the_form(tree: Any, words: str) -> None:
    assert condition_words(tree, ["deal.won"], NAMES) == words


def test_a_hash_is_never_shown() -> None:
    assert field_label(f"custom.{'b' * 40}", ["deal.won"], NAMES) == "a custom field"
