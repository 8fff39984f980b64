"""The cards of people say what each role may do, and what is lost when somebody is removed."""

from __future__ import annotations

import pytest

from bot.team.cards import ROLE_WORDS, PersonFacts, person_card, remove_dialog, removed_card
from models.tables.accounts import ROLES
from tests.chat import BASE_URL

ZOE = PersonFacts("7", "zoe@acme.test", "analyst", is_met=False)


def test_every_role_has_words() -> None:
    assert set(ROLE_WORDS) == set(ROLES)


@pytest.mark.parametrize("may_change", [True, False])
def test_only_who_may_change_people_gets_buttons_for_it(*, may_change: bool) -> None:
    drawn = str(person_card(ZOE, may_change=may_change).as_chat(BASE_URL))
    assert ("Change role" in drawn) is ("Remove" in drawn) is may_change
    assert "All people" in drawn


def test_what_is_lost_is_named_before_it_is() -> None:
    drawn = str(remove_dialog(ZOE, 1, ["My wins", "My losses"]).as_dialog(BASE_URL))
    assert "1 rule of theirs stays, without an author" in drawn
    assert "No longer posting to them: My wins and My losses" in drawn
    assert "of theirs" not in str(remove_dialog(ZOE, 0, []).as_dialog(BASE_URL))


def test_who_was_never_met_cannot_be_told() -> None:
    assert "direct message" not in str(removed_card(ZOE).as_chat(BASE_URL))
