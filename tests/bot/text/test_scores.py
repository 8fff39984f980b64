"""A score reads with its band, a reason with what it is about."""

from __future__ import annotations

from bot.text.scores import reason_texts, score_text
from models.languages.translate import speaking
from models.leads.score import LeadFacts, Reason, score_of
from models.leads.weights import USUAL
from tests.engine import NOON


def test_a_score_reads_with_its_band_in_every_language() -> None:
    assert score_text(72, "hot") == "Score 72, hot"
    with speaking("de"):
        assert score_text(72, "hot") == "Punktzahl 72, heiß"


def test_a_reason_reads_with_what_it_is_about() -> None:
    said = reason_texts([Reason("limit", -5), Reason("source", 15, "Web form"), Reason("age", 20, "1")])
    assert said[:2] == ["+20 How new it is: 1 day ago", "+15 The source: Web form"]
    assert said[2] == "-5 More than 100 is not possible"


def test_a_large_value_reads_as_people_write_it() -> None:
    facts = LeadFacts(NOON, value=1_500_000.5)
    (value,) = [each for each in score_of(facts, USUAL, NOON).reasons if each.part == "value"]

    assert reason_texts([value]) == [f"+{value.points} The value: 1,500,000.5"]
    with speaking("de"):
        assert reason_texts([Reason("value", 20, "1.5e+06")]) == ["+20 Der Wert: 1.500.000"]
