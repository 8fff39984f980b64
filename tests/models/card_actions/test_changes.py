"""What somebody made from Chat reads differently: in its row before it is written, else by one more write."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from models.accounts.actor import Actor
from models.card_actions.actions import record_press
from models.card_actions.changes import action_with_key, change_made, made_by, present_fields
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.tables import CardAction
from tests.conftest import TwoTenants
from tests.models.acting import actions_of, add_person, deliver, press_on


@pytest.fixture
def ada(database: Database, tenants: TwoTenants) -> Actor:
    """Ada, who has written a note on the card of deal 7."""
    actor = add_person(database, tenants.ours)
    press = press_on(deliver(database, tenants.ours), "deal.note", fields={"content": "First"}, key="k")
    with database.writing(tenants.ours) as session:
        record_press(session, actor, press)
    return actor


def note_of(database: Database, ada: Actor, **columns: Any) -> int:
    """The number of Ada's note, which has these columns now."""
    with database.writing(ada.tenant) as session:
        session.execute(
            update(CardAction).where(CardAction.key == "k").values(columns or {"do": "deal.note"})
        )
        found = action_with_key(session, ada.tenant, "k")
        assert found is not None
        return found.id


def change(database: Database, actor: Actor, number: int, words: str, key: str = "next") -> None:
    with database.writing(actor.tenant) as session:
        made = made_by(session, actor, number)
        assert made is not None
        change_made(session, actor, made, {"content": words}, key)


@pytest.mark.parametrize("state", ["pending", "waiting"])
def test_what_is_not_written_yet_changes_in_its_row(database: Database, ada: Actor, state: str) -> None:
    change(database, ada, note_of(database, ada, state=state), "Second")

    assert [each.fields for each in actions_of(database, ada.tenant)] == [{"content": "Second"}]


def test_what_is_written_changes_by_one_more_write(database: Database, ada: Actor) -> None:
    number = note_of(database, ada, state="done", result_id="31")
    for key in ("a", "b"):
        change(database, ada, number, "Second", key)

    first, second = actions_of(database, ada.tenant)
    assert (first.fields, second.do) == ({"content": "First"}, "deal.note_change")
    assert second.fields == {"content": "Second", "made_id": "31"}
    with database.reading(ada.tenant) as session:
        made = made_by(session, ada, number)
        assert made is not None
        assert present_fields(session, made) == {"content": "Second"}


@pytest.mark.parametrize(
    "columns", [{"state": "writing"}, {"state": "pending", "attempts": 1}, {"state": "failed"}]
)
def test_what_is_under_way_or_failed_stays(database: Database, ada: Actor, columns: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        change(database, ada, note_of(database, ada, **columns), "Second")

    assert [each.fields for each in actions_of(database, ada.tenant)] == [{"content": "First"}]


def test_only_its_author_finds_it_and_only_who_may_press_changes_it(
    database: Database, ada: Actor, tenants: TwoTenants
) -> None:
    number = note_of(database, ada)
    others = (add_person(database, tenants.ours, "Ben", 2), add_person(database, tenants.theirs, "Eve", 3))
    for other in others:
        with database.reading(other.tenant) as session:
            assert made_by(session, other, number) is None
            assert other.tenant == ada.tenant or action_with_key(session, other.tenant, "k") is None
    viewer = Actor(ada.name, ada.tenant, "Acme", ada.user_id, "viewer", ada.chat_name, is_certain=True)
    with pytest.raises(NotAllowed):
        change(database, viewer, number, "Second")


def test_a_press_that_makes_nothing_is_not_changed(database: Database, ada: Actor) -> None:
    number = note_of(database, ada, do="deal.won")
    with database.reading(ada.tenant) as session:
        assert made_by(session, ada, number) is None
