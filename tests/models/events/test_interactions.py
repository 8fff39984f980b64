"""An interaction acts once; a repeat gets the stored answer, also from another process."""

from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.database.engine import Database
from models.events.interactions import act_once
from models.security.audit import record
from tests.conftest import TwoTenants


class Acts:
    """An action that counts how often it ran."""

    def __init__(self, tenant_id: int, *, changes: bool = True) -> None:
        self.tenant_id, self.changes, self.runs = tenant_id, changes, 0

    def __call__(self, session: Session) -> Any:
        self.runs += 1
        if self.changes:
            record(session, Actor("ada@acme.test", self.tenant_id), "rule.switched", "Wins")
        return {"run": self.runs}


def test_a_repeat_is_answered_with_what_was_said_first(database: Database, tenants: TwoTenants) -> None:
    act = Acts(tenants.ours)

    assert [act_once(database, tenants.ours, "k1", act) for _ in range(2)] == [{"run": 1}, {"run": 1}]
    assert act.runs == 1


@pytest.mark.parametrize(("key", "changes"), [("", True), ("k1", False)])
def test_without_a_key_or_a_change_nothing_is_stored(
    database: Database, tenants: TwoTenants, key: str, *, changes: bool
) -> None:
    act = Acts(tenants.ours, changes=changes)

    assert [act_once(database, tenants.ours, key, act)["run"] for _ in range(2)] == [1, 2]


def test_of_two_at_the_same_moment_one_acts_and_both_get_its_answer(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    act = Acts(tenants.ours)
    assert act_once(database, tenants.ours, "k1", act) == {"run": 1}
    # The other process looked before the first one committed: it sees no stored answer, and then collides.
    monkeypatch.setattr("models.events.interactions.Session.get", _blind_once(Session.get))

    assert act_once(database, tenants.ours, "k1", act) == {"run": 1}


def test_who_did_the_same_under_another_key_at_the_same_moment_is_seen_when_it_runs_again(
    database: Database, tenants: TwoTenants
) -> None:
    def act(session: Session) -> Any:
        runs.append(1)
        if len(runs) == 1:  # what it would write is there since it looked
            raise IntegrityError("insert", {}, Exception("unique"))
        record(session, Actor("ada@acme.test", tenants.ours), "rule.switched", "Wins")
        return {"text": "Ben was first"}

    runs: list[int] = []
    assert act_once(database, tenants.ours, "k1", act) == {"text": "Ben was first"}
    assert len(runs) == 2


def test_what_collides_again_is_a_failure(database: Database, tenants: TwoTenants) -> None:
    def act(_: Session) -> Any:
        raise IntegrityError("insert", {}, Exception("foreign key"))

    with pytest.raises(IntegrityError):
        act_once(database, tenants.ours, "k1", act)


def _blind_once(get: Any) -> Any:
    calls = iter((True,))

    def blind(session: Session, *arguments: Any, **more: Any) -> Any:
        return None if next(calls, False) else get(session, *arguments, **more)

    return blind
