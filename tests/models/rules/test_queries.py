"""Queries about rules of one tenant only."""

from datetime import timedelta

import pytest

from models.clock import now
from models.database.engine import Database
from models.rules import queries
from models.tables import DeliveryState, Rule
from tests.chat import rule_of, two_tenants
from tests.models.ended import end


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


@pytest.mark.parametrize(
    ("enabled", "words", "found"),
    [
        (None, "", ["Wins of Acme"]),
        (True, "WINS", ["Wins of Acme"]),
        (False, "", []),
        (None, "of Bolt", []),
    ],
)
def test_rules_are_found_by_state_and_words(
    database: Database, tenants: tuple[int, int], words: str, found: list[str], *, enabled: bool | None
) -> None:
    with database.reading(tenants[0]) as session:
        rules = queries.list_rules(session, tenants[0], enabled=enabled, words=words)
        assert [rule.name for rule in rules] == found


def test_the_destinations_of_a_rule_are_listed(database: Database, tenants: tuple[int, int]) -> None:
    rule = rule_of(database, tenants[0])

    with database.reading(tenants[0]) as session:
        assert [each.name for each in queries.destinations_of(session, rule)] == ["spaces/ACME"]
        assert queries.destination_names(session, tenants[0], [rule]) == {rule.id: ["spaces/ACME"]}
        assert queries.count_rules(session, tenants[0]) == (1, 0)
        assert queries.rule_names(session, tenants[0]) == {"Wins of Acme"}
        assert queries.template_names(session, tenants[0]) == {}


def test_sent_cards_are_counted_without_tests(database: Database, tenants: tuple[int, int]) -> None:
    rule, at = rule_of(database, tenants[0]), now()
    sent = {"rule_id": rule.id, "state": DeliveryState.DELIVERED, "finished_at": at}
    end(database, tenants[0], None, 2, **sent)
    end(database, tenants[0], None, 1, **sent, is_test=True)
    end(database, tenants[0], None, 1, **(sent | {"finished_at": at - timedelta(days=8)}))

    with database.reading(tenants[0]) as session:
        assert queries.cards_since(session, rule, at - timedelta(days=7)) == (2, at)


def test_a_part_of_the_rules_that_fit_is_found_with_their_number(
    database: Database, tenants: tuple[int, int]
) -> None:
    ours = tenants[0]
    with database.writing(ours) as session:
        session.add_all(
            Rule(tenant_id=ours, name=f"Rule {number}", event_types=["lead.created"], is_enabled=False)
            for number in range(4)
        )
    with database.reading(ours) as session:
        off = queries.RuleSelection(enabled=False)
        first, total = queries.find_rules(session, ours, off, limit=2)
        assert ([rule.name for rule in first], total) == (["Rule 0", "Rule 1"], 4)
        rest, _ = queries.find_rules(session, ours, off, after=first[-1].id, limit=5)
        assert [rule.name for rule in rest] == ["Rule 2", "Rule 3"]
        for search, count in (
            (queries.RuleSelection(event_type="lead.created"), 4),
            (queries.RuleSelection(words="wins"), 1),
            (queries.RuleSelection(to="spaces/ACME"), 1),
            (queries.RuleSelection(to="spaces/BOLT"), 0),
        ):
            assert queries.find_rules(session, ours, search, limit=1)[1] == count
