from itertools import pairwise

import pytest

from bot.rules.dialog.choices import (
    USUAL,
    currency_choices,
    event_choices,
    fields_of,
    first_operator,
    operators_of,
    search,
    values_of,
)
from bot.rules.dialog.vocabulary import Vocabulary
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.names import NO_NAMES, Name, Names

NAMES = Names(
    {
        ("stage", "1"): Name("Qualified"),
        ("stage", "2"): Name("Proposal made"),
        ("user", "1"): Name("Ada Lovelace"),
        ("user", "2"): Name("Ben"),
        ("deal_field", "a" * 40): Name("Region", {"kind": "choice", "options": {"1": "North", "2": "South"}}),
    }
)
WORDS = Vocabulary(NAMES, "en", "Ada Lovelace")
DEALS = ["deal.won"]


def test_the_usual_events_come_first_and_all_others_stand_by_object() -> None:
    events = [each for each, _ in event_choices()]
    assert events[:2] == ["deal.won", "deal.lost"]
    assert len(set(events)) == len(events)
    objects = [each.partition(".")[0] for each in events[USUAL:]]
    assert [*dict.fromkeys(objects)] == [key for key in ENTITIES if key in objects] + ["*"]
    assert len([one for one, other in pairwise(objects) if one != other]) == len(set(objects)) - 1


def test_the_fields_are_those_of_the_chosen_entity() -> None:
    deal, person = (dict(fields_of([on], NO_NAMES)) for on in ("deal.won", "person.created"))
    assert {"value", "stage", "owner", "who"} <= set(deal)
    assert list(deal)[:3] == ["value", "stage", "owner"]
    assert "stage" not in person
    assert not any(key.endswith("_id") for key in deal)


def test_a_wildcard_offers_the_fields_of_all() -> None:
    fields = fields_of(["*"], NO_NAMES)
    assert {"value", "done"} <= {key for key, _ in fields}
    assert len({key for key, _ in fields}) == len(fields)


def test_custom_fields_are_named_and_only_equal_names_use_their_hash() -> None:
    one, two, three = "a" * 40, "b" * 40, "c" * 40
    names = Names(
        {
            ("deal_field", one): Name("Region"),
            ("deal_field", two): Name("Size"),
            ("deal_field", three): Name("size"),
        }
    )
    custom = [key for key, _ in fields_of(DEALS, names) if key.startswith("custom.")]
    assert custom == ["custom.Region", f"custom.{two}", f"custom.{three}"]


@pytest.mark.parametrize(
    ("kind", "first", "fits", "fits_not"),
    [
        (Kind.MONEY, "at_least", {"between", "increased", "is_empty"}, {"contains", "before", "has_any"}),
        (Kind.TEXT, "contains", {"is", "matches"}, {"at_least", "before"}),
        (Kind.DATE, "before", {"after", "within_days"}, {"contains", "at_least"}),
        (Kind.CHOICE, "is", {"in", "changed_to"}, {"at_least", "has_any"}),
        (Kind.SET, "has_any", {"has_none"}, {"at_least", "before"}),
        (Kind.FLAG, "is", {"is_not"}, {"contains", "at_least"}),
    ],
)
def test_operators_fit_the_kind_of_the_field(
    kind: Kind, first: str, fits: set[str], fits_not: set[str]
) -> None:
    offered = [op for op, _ in operators_of(kind, DEALS, "")]
    assert first_operator(kind, DEALS) == offered[0] == first
    assert fits <= set(offered)
    assert not fits_not & set(offered)


def test_what_can_never_hold_is_not_offered() -> None:
    made = [op for op, _ in operators_of(Kind.CHOICE, ["deal.created"], "")]
    assert "changed_to" not in made
    assert "changed_to" in [op for op, _ in operators_of(Kind.CHOICE, ["deal.created", "deal.updated"], "")]
    assert "changed_to" in [op for op, _ in operators_of(Kind.CHOICE, ["deal.created"], "changed_to")]


def test_values_are_those_of_pipedrive() -> None:
    assert values_of("stage", "is", DEALS, WORDS) == [
        ("Proposal made", "Proposal made"),
        ("Qualified", "Qualified"),
    ]
    assert [value for value, _ in values_of("custom.region", "in", DEALS, WORDS)] == ["North", "South"]
    assert values_of("owner", "is", DEALS, WORDS)[0] == ("me", "Me (Ada Lovelace)")
    assert values_of("owner", "is", DEALS, Vocabulary(NAMES))[0][0] == "Ada Lovelace"
    assert values_of("stage", "contains", DEALS, WORDS) == []
    assert values_of("title", "is", DEALS, WORDS) == []
    assert values_of("is_archived", "is", DEALS, WORDS) == [("yes", "Yes"), ("no", "No")]
    assert values_of("currency", "is", DEALS, WORDS)[0] == ("EUR", "EUR, Euro")
    assert len(currency_choices()) > 100


def test_a_search_finds_all_words_and_puts_beginnings_first() -> None:
    pairs = [("1", "Next step of region"), ("2", "Région"), ("3", "Region of sale"), ("4", "Size")]
    assert [value for value, _ in search(pairs, "region")] == ["3", "1"]
    assert [value for value, _ in search(pairs, "OF reg")] == ["1", "3"]
    assert len(search([(str(n), "x") for n in range(100)], "")) == 20
