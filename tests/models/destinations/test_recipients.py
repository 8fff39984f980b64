"""People whom records name, as destinations of rules: their names, and where they do not show."""

from __future__ import annotations

import pytest

from models.database.engine import Database
from models.destinations.queries import get_destination, list_chosen_destinations, list_destinations
from models.destinations.recipients import (
    OWNER,
    add_recipient,
    field_of,
    mention_named,
    mention_text,
    recipient_named,
)
from models.pipedrive.names import NO_NAMES
from models.rules.drafts import RuleDraft
from models.rules.save import find_problems, read_draft, save_rule
from tests.conftest import TwoTenants


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("owner of the record", OWNER),
        ("The  Owner", OWNER),
        ("record.owner", OWNER),
        ("former owner", "former owner of the record"),
        ("managers", "managers of the team"),
        ("Person in custom.Engineer", "person in custom.Engineer"),
        ("spaces/AAAA", ""),
        ("person in", ""),
    ],
)
def test_words_name_recipients(typed: str, name: str) -> None:
    assert recipient_named(typed) == name
    assert field_of(name) == ("custom.Engineer" if "Engineer" in name else "")


def test_a_recipient_is_one_destination_that_no_list_shows(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session:
        first, second = (add_recipient(session, tenants.ours, OWNER) for _ in range(2))

        assert first.id == second.id
        assert not first.is_active
        assert list_destinations(session, tenants.ours) == []
        assert list_chosen_destinations(session, tenants.ours) == []
        assert get_destination(session, tenants.ours, first.id) is None


def test_a_rule_keeps_its_recipients_by_their_own_names(database: Database, tenants: TwoTenants) -> None:
    draft = RuleDraft("Wins", ["deal.won"], None, ["owner", "person in owner", "the owner"], "compact")
    with database.writing(tenants.ours) as session:
        rule = save_rule(session, tenants.ours, draft, NO_NAMES, "ada@acme.test")

        assert read_draft(session, rule).to == [OWNER, "person in owner"]
        wrong = RuleDraft("Other", ["deal.won"], None, ["person in nonsense", "nobody at all"], "compact")
        problems = dict(find_problems(session, tenants.ours, wrong, NO_NAMES))
        assert set(problems) == {"to[0]", "to[1]"}
        assert "nonsense" in problems["to[0]"]


@pytest.mark.parametrize(
    ("typed", "mention", "text"),
    [
        ("none", "none", ""),
        ("the Owner", "owner", "the owner"),
        ("former owner", "former owner of the record", "the former owner"),
        ("owner's manager", "manager of the owner", "the owner's manager"),
        ("person in custom.Engineer", "person in custom.Engineer", "who is in custom.Engineer"),
        ("followers", "", ""),
        ("everybody in the team", "", ""),
        ("record", "", ""),
    ],
)
def test_words_name_whom_cards_mention(typed: str, mention: str, text: str) -> None:
    assert mention_named(typed) == mention
    assert mention_text(mention) == text


def test_a_rule_keeps_whom_it_mentions(database: Database, tenants: TwoTenants) -> None:
    for mention in ("none", "owner", "former owner of the record", "person in owner"):
        draft = RuleDraft("Wins", ["deal.won"], None, ["owner"], "compact", mention=mention)
        with database.writing(tenants.ours) as session:
            rule = save_rule(session, tenants.ours, draft, NO_NAMES, "ada@acme.test")
            assert read_draft(session, rule).mention == mention
            session.rollback()
    with database.reading(tenants.ours) as session:
        wrong = RuleDraft("W", ["deal.won"], None, ["owner"], "compact", mention="person in nonsense")
        assert "mention" in dict(find_problems(session, tenants.ours, wrong, NO_NAMES))
