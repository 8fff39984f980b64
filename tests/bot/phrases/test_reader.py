"""Sentences, and what each says of a rule."""

from __future__ import annotations

from typing import Any, Final

import pytest

from bot.command_line import split_words
from bot.phrases.cursor import Phrase, PhraseVocabulary
from bot.phrases.reader import read_phrase
from models.pipedrive.filters.filters import parse
from models.pipedrive.names import Name, Names
from models.pipedrive.types import entities_of

NAMES: Final = Names(
    {
        ("pipeline", "1"): Name("Sales"),
        ("pipeline", "2"): Name("Enterprise"),
        ("pipeline", "3"): Name("New Business"),
        ("stage", "1"): Name("Qualified"),
        ("stage", "2"): Name("Proposal made"),
        ("stage", "3"): Name("Café"),
        ("user", "1"): Name("Ada Lovelace"),
        ("user", "2"): Name("Ben"),
        ("user", "3"): Name("Ben Bitdiddle"),
        ("deal_label", "5"): Name("Hot"),
    }
)
SPACES: Final = {"Deals": "spaces/A", "Wins wall": "Wins wall"}
KNOWN: Final = PhraseVocabulary(NAMES, SPACES, "spaces/A", "ada@acme.test", "Ada Lovelace", "en")


def said(phrase: str, known: PhraseVocabulary = KNOWN) -> Phrase:
    return read_phrase(split_words(phrase), known)


def condition(field: str, op: str, value: Any) -> dict[str, Any]:
    return {"field": field, "op": op, "value": value}


EUROS: Final = {"amount": 10_000, "currency": "EUR"}
OVER: Final = condition("value", "more_than", 10_000)


@pytest.mark.parametrize(
    ("phrase", "on"),
    [
        ("a deal is won", ["deal.won"]),
        ("deal won", ["deal.won"]),
        ("When we... a deal is closed won", ["deal.won"]),
        ("deals are won or lost", ["deal.won", "deal.lost"]),
        ("a deal or a lead is created", ["deal.created", "lead.created"]),
        ("a new lead comes in", ["lead.created"]),
        ("a deal is moved back", ["deal.stage_regressed"]),
        ("a deal changes stage", ["deal.stage_changed"]),
        ("the value of a deal changes", ["deal.value_changed"]),
        ("a deal changes owner", ["deal.owner_changed"]),
        ("a lead is assigned", ["lead.assigned"]),
        ("an activity is done", ["activity.done"]),
        ("a person is added", ["person.created"]),
        ("an organisation is merged", ["organization.merged"]),
        ("anything happens to a deal", ["deal.*"]),
        ("a lead is converted", ["lead.converted"]),
    ],
)
def test_what_happens_becomes_event_types(phrase: str, on: list[str]) -> None:
    assert said(phrase).on == on


@pytest.mark.parametrize(
    ("phrase", "conditions"),
    [
        ("a deal over 10k is won", [OVER]),
        ("a deal > 10k is won", [OVER]),
        ("a deal >10,000 is won", [OVER]),
        ("a deal worth more than 10 000 is won", [OVER]),
        ("a deal of at least €10,000 is won", [condition("value", "at_least", EUROS)]),
        ("deal won over 10000 EUR", [condition("value", "more_than", EUROS)]),
        ("deal won under 500 dollars", [condition("value", "less_than", {"amount": 500, "currency": "USD"})]),
        ("a 10k+ deal is won", [condition("value", "at_least", 10_000)]),
        ("a deal between 5k and 10k is won", [condition("value", "between", [5_000, 10_000])]),
        (
            "a deal between 5k and 10k EUR is won",
            [
                condition(
                    "value", "between", [{"amount": amount, "currency": "EUR"} for amount in (5_000, 10_000)]
                )
            ],
        ),
        ("a deal with probability over 50 is changed", [condition("probability", "more_than", 50)]),
        ("a deal is lost in Enterprise", [condition("pipeline", "is", "Enterprise")]),
        ("a deal is lost in the enterprise pipeline", [condition("pipeline", "is", "Enterprise")]),
        ("a deal is lost in “New Business”", [condition("pipeline", "is", "New Business")]),
        ("a deal in new business is lost", [condition("pipeline", "is", "New Business")]),
        ("a deal moves to Proposal made", [condition("stage", "is", "Proposal made")]),
        ("a deal moves to Cafe\u0301", [condition("stage", "is", "Café")]),
        ("my deal is won", [condition("owner", "is", "Ada Lovelace")]),
        ("a deal of mine is won", [condition("owner", "is", "Ada Lovelace")]),
        ("a deal owned by Ada is won", [condition("owner", "is", "Ada Lovelace")]),
        ("a deal is won by Ben", [condition("owner", "is", "Ben")]),
        ("a deal is won by ben bitdiddle", [condition("owner", "is", "Ben Bitdiddle")]),
        ("a deal with label hot is won", [condition("label", "has_any", ["Hot"])]),
        ("a deal for Globex Corp is won", [condition("organization.name", "contains", "Globex Corp")]),
        ("a deal for 'the old one' is won", [condition("organization.name", "contains", "the old one")]),
        ("a deal called Acme Renewal is won", [condition("title", "contains", "Acme Renewal")]),
        ("a deal is lost because of Price", [condition("lost_reason", "contains", "Price")]),
        ("a call is done", [condition("type", "is", "call")]),
    ],
)  # fmt: skip
def test_conditions_are_read_with_the_names_of_this_pipedrive(
    phrase: str, conditions: list[dict[str, Any]]
) -> None:
    found = said(phrase)
    assert found.conditions == conditions
    assert found.questions == []
    parse(found.when, entities_of(found.on), NAMES)


@pytest.mark.parametrize(
    ("phrase", "to", "urgent"),
    [
        ("a deal is won post it here", ["spaces/A"], False),
        ("a deal is won, tell me", ["ada@acme.test"], False),
        ("a deal is won, tell me and post to #Deals", ["ada@acme.test", "spaces/A"], False),
        ("a deal is won post a card to wins wall please", ["Wins wall"], False),
        ("a deal is won send it to this space urgently", ["spaces/A"], True),
        ("a deal is won let me know", ["ada@acme.test"], False),
        ("a deal is won", ["spaces/A"], False),
    ],
)
def test_where_it_goes_is_here_unless_said_otherwise(phrase: str, to: list[str], urgent: bool) -> None:
    found = said(phrase)
    assert (found.to, found.urgent, found.questions) == (to, urgent, [])


def test_without_a_linked_space_it_goes_to_the_person() -> None:
    nowhere = PhraseVocabulary(NAMES, {}, "", "ada@acme.test")
    assert said("a deal is won", nowhere).to == ["ada@acme.test"]
    here = said("a deal is won post here", nowhere)
    assert here.questions == ["This space is not linked yet; /pipenotify space here links it."]


@pytest.mark.parametrize(
    ("phrase", "question"),
    [
        ("a deal is won on fridays", "I did not understand “on fridays”."),
        ("the cat sits on the mat", "Say what happens: won, lost, created, moved, changed, done."),
        ("", "Say what happens: won, lost, created, moved, changed, done."),
        ("a person is won", "There is no event “Person won”."),
        (
            "a deal is won in Enterprize",
            "I know no pipeline or stage “Enterprize”. There is Sales, Enterprise",
        ),
        ("a deal is won over 1.500k", "Is “1.500k” 1,500,000 or 1,500? Write 1500000 or 1500."),
        ("a deal labelled Cold is won", "I know no label “Cold”. There is Hot."),
        ("a deal owned by Zoe is won", "I know no person of your Pipedrive “Zoe”."),
    ],
)
def test_what_is_not_understood_is_said(phrase: str, question: str) -> None:
    assert said(phrase).questions[0].startswith(question)


def test_an_amount_is_read_as_the_person_writes_it() -> None:
    german = PhraseVocabulary(NAMES, SPACES, "spaces/A", locale="de")
    assert said("a deal over 10.000 is won", german).conditions == [OVER]
    assert said("a deal over 10,000 is won", german).questions


def test_who_is_unmatched_learns_why_my_does_not_work() -> None:
    (question,) = said("my deal is won", PhraseVocabulary(NAMES, SPACES, "spaces/A")).questions
    assert "who you are in Pipedrive" in question


def test_an_event_that_we_make_ourselves_is_understood() -> None:
    assert said("a deal stalls").on == ["deal.stalled"]


GERMAN: Final = PhraseVocabulary(NAMES, SPACES, "spaces/A", "ada@acme.test", "Ada Lovelace", "de")


@pytest.mark.parametrize(
    ("phrase", "on", "conditions", "to"),
    [
        (
            "wenn ein Deal über 10.000 gewonnen wird poste es hier",
            ["deal.won"],
            [condition("value", "more_than", 10_000)],
            ["spaces/A"],
        ),
        (
            "wenn ein Deal in Enterprise verloren geht sag es mir",
            ["deal.lost"],
            [condition("pipeline", "is", "Enterprise")],
            ["ada@acme.test"],
        ),
        (
            "sobald ein Deal von Ben mindestens 10.000 EUR in die Phase Qualified verschoben wird, dringend",
            ["deal.stage_changed"],
            [condition("owner", "is", "Ben"), condition("value", "at_least", EUROS)],
            ["spaces/A"],
        ),
        (
            "wenn ein Deal zwischen 5k und 10k angelegt wird",
            ["deal.created"],
            [condition("value", "between", [5000, 10_000])],
            ["spaces/A"],
        ),
        ("wenn ein Anruf erledigt ist", ["activity.done"], [condition("type", "is", "call")], ["spaces/A"]),
    ],
)
def test_a_sentence_may_be_german(phrase: str, on: list[str], conditions: list[Any], to: list[str]) -> None:
    found = said(phrase, GERMAN)

    assert found.on == on
    assert [each for each in conditions if each not in found.conditions] == []
    assert found.to == to
    assert found.questions == []
