from typing import Any

import pytest

from models.languages.translate import speaking
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.filters.filters import ALWAYS, InvalidFilter
from models.pipedrive.names import NO_NAMES, Name, Names
from tests.models.pipedrive.webhook import HASH, known, v2

BIG = {"field": "value", "op": "at_least", "value": 10_000}


def test_the_same_conditions_are_compiled_once() -> None:
    assert compiled({"all": [BIG]}, ("deal",), NO_NAMES) is compiled({"all": [dict(BIG)]}, ["deal"], Names())


def test_another_value_or_entity_is_another_filter() -> None:
    ours = compiled(BIG, ("deal",), NO_NAMES)
    assert compiled(BIG | {"value": 10_001}, ("deal",), NO_NAMES) is not ours
    assert compiled(BIG, ("deal", "lead"), NO_NAMES) is not ours


def test_each_reader_gets_the_words_of_their_language() -> None:
    change = known(v2())
    explained: dict[str, list[str]] = {}
    for locale in ("en", "de", "en"):
        with speaking(locale):
            found = compiled(BIG, ("deal",), NO_NAMES).decide(change, NO_NAMES)
            explained.setdefault(locale, []).append(" ".join(map(str, found.steps)))
    (first, again), (german,) = explained["en"], explained["de"]
    assert first == again
    assert german != first


def test_no_conditions_always_hold() -> None:
    assert compiled(None, ("deal",), NO_NAMES) is ALWAYS


def test_a_custom_field_is_found_by_the_names_of_today() -> None:
    when = {"field": "custom.Region", "op": "is", "value": "North"}
    for text, holds in (("North", True), ("South", False)):
        more = {"kind": "choice", "options": {"3": text}}
        names = Names({("deal_field", HASH): Name("Region", more)})
        change = known(v2(data={"custom_fields": {HASH: {"type": "enum", "id": 3}}}))
        assert compiled(when, ("deal",), names).decide(change, names).holds is holds


def test_a_number_that_fits_into_no_json_is_compiled_too() -> None:
    assert compiled(BIG | {"value": 2**70}, ("deal",), NO_NAMES).fields() == {"value"}


@pytest.mark.parametrize(
    "tree",
    [
        {"field": "value", "op": "is"},
        {"field": "custom.Nowhere", "op": "is", "value": 1},
    ],
)
def test_what_cannot_be_compiled_is_refused_each_time(tree: Any) -> None:
    for _ in range(2):
        with pytest.raises(InvalidFilter):
            compiled(tree, ("deal",), NO_NAMES)
