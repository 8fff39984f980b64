"""Sales reports are asked for in words and by buttons, scheduled like others, each team its own."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from tests.chat import BOB, BOLTS, Chat
from tests.models.sales_reports.deals import add_pipelines, won


@pytest.fixture
def filled(chat: Chat, database: Database, tenants: tuple[int, int]) -> Chat:
    won(database, tenants[0], 1, title="Lamps", value=4500, currency="EUR")
    return chat


@pytest.mark.parametrize("words", ["report pipeline", "report pipeline since monday", "bericht pipeline 30d"])
def test_the_review_names_what_was_won(filled: Chat, words: str) -> None:
    assert filled.say(f"{words} 7d").has("Lamps")
    assert filled.say(words).has("Counted since")


@pytest.mark.parametrize("words", ["report leaders", "report leaderboard 7d", "bericht rangliste"])
def test_leaders_are_asked_for_in_several_words(filled: Chat, words: str) -> None:
    reply = filled.say(words)

    assert reply.has("Won value by person")
    assert reply.has("€4,500")


@pytest.mark.parametrize("words", ["report funnel", "bericht trichter", "report response 7d"])
def test_the_funnel_and_answers_to_leads_say_since_when_they_count(filled: Chat, words: str) -> None:
    assert filled.say(words).has("Counted since")


def test_buttons_change_the_days_and_the_report(filled: Chat) -> None:
    assert filled.click("report.sales", kind="leaders", range="90d").has("Last 90 days")
    assert filled.click("report.sales", kind="x", range="y").has("Pipeline review")


def test_another_team_reads_nothing_of_it(filled: Chat) -> None:
    reply = Chat(filled.deps, filled.dialect, BOB, BOLTS).say("report pipeline 7d")

    assert reply.has("Nothing happened in this time.")
    assert not reply.has("Lamps")


def test_an_unknown_pipeline_is_refused(filled: Chat) -> None:
    assert filled.say("report pipeline Moon").has("No pipeline is known yet")


def test_it_comes_by_itself_beside_the_report_on_cards(filled: Chat) -> None:
    filled.say("report weekly mon 09:00 here")
    reply = filled.say("report weekly mon 09:00 pipeline here")
    assert reply.has("Weekly, Mon at 9:00")
    assert reply.has("Pipeline review")
    filled.say("bericht wöchentlich mo 10:00 pipeline hier")
    listed = filled.say("report list")

    assert listed.has("By rule")
    assert listed.has("Weekly, Mon at 10:00")
    assert filled.say("report stop here").has("2 reports stopped")


@pytest.fixture
def two(filled: Chat, database: Database, tenants: tuple[int, int]) -> Chat:
    """Pipelines of our team, with a deal in each, and one of the other team."""
    add_pipelines(database, tenants[0], "Sales", "Made in EU")
    add_pipelines(database, tenants[1], "Secrets")
    won(database, tenants[0], 2, title="Chairs", pipeline_id=2)
    return filled


@pytest.mark.parametrize("words", ["in Made in EU 7d", "made in eu 7d", "7d in 2"])
def test_a_report_is_of_one_pipeline_by_its_name_or_its_number(two: Chat, words: str) -> None:
    reply = two.say(f"report pipeline {words}")

    assert reply.has("Made in EU")
    assert reply.has("Chairs")
    assert not reply.has("Lamps")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("report weekly pipeline in Made in EU here", "Pipeline review · Made in EU"),
        ("report weekly mon 10:00 leaders in 2", "Won value by person · Made in EU"),
        ("report daily funnel in sales here 8:30", "Daily at 8:30 AM · Funnel · Sales"),
        ("bericht wöchentlich mo 09:00 rangliste in Sales hier", "Won value by person · Sales"),
    ],
)
def test_a_scheduled_report_is_of_one_pipeline_too(two: Chat, words: str, said: str) -> None:
    assert two.say(words).has(said)
    assert two.say("report list").has(said)
    assert not Chat(two.deps, two.dialect, BOB, BOLTS).say("report list").has(said)


def test_reports_of_two_pipelines_come_beside_each_other(two: Chat) -> None:
    for words in ("in Sales", "in 2", "in Sales", ""):
        two.say(f"report weekly pipeline {words} here")

    assert two.say("report stop here").has("3 reports stopped")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("report weekly pipeline in Secrets here", "There are: Made in EU, Sales."),
        ("report funnel in Secrets", "There are: Made in EU, Sales."),
        ("report weekly response in Sales", "The answer to leads has no pipeline"),
        ("report weekly by person in Sales", "Only a sales report is of one pipeline"),
        ("report weekly pipeline in", "Not “in”"),
    ],
)
def test_a_pipeline_that_cannot_be_meant_is_refused_with_what_to_say(
    two: Chat, words: str, said: str
) -> None:
    reply = two.say(words)

    assert reply.has(said)
    assert not reply.has("Secrets,")
    assert two.say("report list").has("None.")
