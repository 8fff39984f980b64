"""Scores in a conversation: explained, their weights tried and saved, and all scored anew."""

from __future__ import annotations

from typing import Final

import pytest

from bot.context import COMMANDS, DIALOGS, PRESSES
from bot.scores import buttons, commands, dialogs, form, show
from models.database.engine import Database
from models.leads.settings import get_weights
from models.leads.weights import USUAL
from tests.bot.leads.conftest import ada
from tests.chat import Chat
from tests.models.leads.known import look

__all__ = ["ada"]
TYPED: Final = {name: [str(getattr(USUAL, name))] for name in form.NUMBERS} | {"sources": ["Web form: 30"]}


def test_a_score_is_explained_point_by_point(ada: Chat, database: Database) -> None:
    assert ada.say("score explain globex").has("no score yet")
    assert ada.say("score globex").has("no score yet")
    assert ada.say("score").has("Which lead?")
    look(database)
    answer = ada.say("score explain globex")
    assert answer.has("Score 20, cold")
    assert answer.has("+20 How new it is: today")
    assert ada.say("lead show globex").has("Why this score")


def test_weights_are_tried_on_last_months_leads_and_saved(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    look(database)
    assert ada.say("score weights").has("Weights")
    opened = ada.open("score.weights")
    assert opened.has("leads with these weights")
    tried = ada.submit("score.try", TYPED)
    assert tried.has("now 20")
    with database.reading(tenants[0]) as session:
        assert get_weights(session, tenants[0]) == USUAL
    assert ada.submit("score.save", TYPED).has("Leads are being scored anew")
    with database.reading(tenants[0]) as session:
        assert get_weights(session, tenants[0]).sources == {"Web form": 30}
        assert get_weights(session, tenants[1]) == USUAL


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        ({"email": ["many"]}, "is no number"),
        ({"email": ["200"]}, "points are a number from 0 to 100"),
        ({"sources": ["Web form"]}, "names no source with its points"),
        ({"hot_from": ["10"]}, "Warm begins below hot"),
    ],
)
def test_weights_that_do_not_fit_are_asked_for_again(
    ada: Chat, database: Database, tenants: tuple[int, int], wrong: dict[str, list[str]], problem: str
) -> None:
    for do in ("score.try", "score.save"):
        assert ada.submit(do, TYPED | wrong).has(problem)
    with database.reading(tenants[0]) as session:
        assert get_weights(session, tenants[0]) == USUAL


def test_all_leads_are_scored_anew_and_the_progress_is_told(ada: Chat) -> None:
    assert ada.say("score recompute").has("0 of 3 leads so far")
    assert ada.click("score.progress").has("0 of 3 leads so far")


def test_every_entry_of_scores_is_where_one_looks_for_it() -> None:
    homes = {commands.__name__, buttons.__name__, dialogs.__name__}
    entries = [*COMMANDS, *PRESSES, *DIALOGS]
    found = {each.handle.__module__ for each in entries if each.name.startswith(("score ", "score."))}
    assert found == homes
    assert show.recompute.__module__ not in homes
