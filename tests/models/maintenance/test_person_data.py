"""What is kept of a person is counted, exported without secrets, and erased as the preview says."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.accounts.tokens import create_token
from models.clock import now
from models.database.engine import Database
from models.destinations.linking import add_direct_message
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.maintenance.export import json_pieces
from models.maintenance.person_data import (
    GOES,
    begin_person_export,
    count_person,
    erase_user,
    read_person_rows,
)
from models.tables import (
    BrowserSession,
    ConnectLink,
    Mute,
    PersonalConnection,
    PipedriveUser,
    QuietHours,
    Rule,
    User,
)
from tests.conftest import TwoTenants

BEN, CANARY = "ben@example.com", "canary-7f3a"


@pytest.fixture
def bens(database: Database, tenants: TwoTenants) -> dict[int, int]:
    """Ben of both teams, with something of every kind, and secrets in it; Ada is the admin of ours."""
    soon, found = now() + timedelta(hours=1), {}
    with database.writing_all() as session:
        session.add(User(tenant_id=tenants.ours, email="ada@example.com", role="admin"))
        for each in tenants:
            ben = User(tenant_id=each, email=BEN, chat_name="users/7")
            session.add(ben)
            session.flush()
            found[each] = ben.id
            mine = {"tenant_id": each, "user_id": ben.id}
            hours = {"starts": "18:00", "ends": "08:00", "days": ["mon"], "timezone": "UTC"}
            session.add_all(
                [
                    BrowserSession(tenant_id=each, email=BEN, token_hash=f"{CANARY}{each}", expires_at=soon),
                    ConnectLink(
                        tenant_id=each,
                        email=BEN,
                        digest=f"{CANARY}{each}",
                        purpose="connect",
                        expires_at=soon,
                    ),
                    PersonalConnection(
                        **mine, pipedrive_user_id="7", refresh_token=CANARY, access_token=CANARY
                    ),
                    QuietHours(**mine, scope="user", **hours),
                    Mute(**mine, scope="user", until=soon, muted_by=BEN, token=f"{CANARY}{each}"),
                    PipedriveUser(tenant_id=each, pipedrive_id="7", email=BEN),
                    Rule(tenant_id=each, name="Wins", event_types=["deal.won"], made_by="Ben@Example.com"),
                ]
            )
            add_direct_message(session, each, BEN)
    for each, ben_id in found.items():
        with database.writing(each) as session:
            create_token(session, Actor(BEN, each, user_id=ben_id, role="viewer", is_certain=True), BEN)
    return found


def _admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@example.com", tenant_id, role=role, is_certain=True)


def exported(database: Database, tenant_id: int, user_id: int) -> Any:
    with database.writing(tenant_id) as session:
        head, parts = begin_person_export(session, _admin(tenant_id), user_id)
    return json.loads(b"".join(json_pieces(database, tenant_id, parts, head)))


def _counts(database: Database, tenant_id: int, user_id: int) -> dict[str, int]:
    with database.reading(tenant_id) as session:
        _, parts = count_person(session, _admin(tenant_id), user_id)
    return {part.name: part.count for part in parts}


def test_an_export_has_every_kind_of_ones_team_and_no_secret(
    database: Database, tenants: TwoTenants, bens: dict[int, int]
) -> None:
    counts = _counts(database, tenants.ours, bens[tenants.ours])
    found = exported(database, tenants.ours, bens[tenants.ours])

    assert {name: len(rows) for name, rows in found["rows"].items()} == {k: n for k, n in counts.items() if n}
    assert sum(count == 1 for count in counts.values()) == 12
    assert CANARY not in str(found)
    assert "pn_" not in str(found)


def test_what_the_preview_says_is_deleted_is_gone_and_another_team_keeps_its_own(
    database: Database, tenants: TwoTenants, bens: dict[int, int]
) -> None:
    theirs = _counts(database, tenants.theirs, bens[tenants.theirs])
    with database.writing(tenants.ours) as session:
        erase_user(session, _admin(tenants.ours), bens[tenants.ours], " BEN@example.com ")
        again = User(tenant_id=tenants.ours, email=BEN)
        session.add(again)
        session.flush()
        _, parts = count_person(session, _admin(tenants.ours), again.id)

    left = {part.name: part.count for part in parts if part.count and part.name != "user"}
    assert left == {"user of the team's Pipedrive": 1, "what they did, in the audit trail": 1}
    assert not [part for part in parts if part.fate == GOES and part.count and part.name != "user"]
    assert _counts(database, tenants.theirs, bens[tenants.theirs]) == theirs


def test_another_email_erases_nobody(database: Database, tenants: TwoTenants, bens: dict[int, int]) -> None:
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        erase_user(session, _admin(tenants.ours), bens[tenants.ours], "ada@example.com")


def test_only_admins_and_only_their_own_people(
    database: Database, tenants: TwoTenants, bens: dict[int, int]
) -> None:
    for act in (count_person, begin_person_export):
        with database.writing(tenants.ours) as session:
            with pytest.raises(NotFound):
                act(session, _admin(tenants.ours), bens[tenants.theirs])
            with pytest.raises(NotAllowed):
                act(session, _admin(tenants.ours, "manager"), bens[tenants.ours])


def test_one_kind_is_read_a_part_at_a_time(
    database: Database, tenants: TwoTenants, bens: dict[int, int]
) -> None:
    user_id, admin, seen, after = bens[tenants.ours], _admin(tenants.ours), list[str](), 0
    with database.writing(tenants.ours) as session:
        mine = {"tenant_id": tenants.ours, "event_types": ["deal.won"], "made_by": BEN}
        session.add_all(Rule(name=f"R{n}", **mine) for n in range(4))
    for _ in range(4):
        with database.writing(tenants.ours) as session:
            rows = read_person_rows(session, admin, user_id, "rules they made", after, 2)
        seen += [row["name"] for row in rows]
        after = rows[-1]["id"] if rows else after

    assert sorted(seen) == ["R0", "R1", "R2", "R3", "Wins"]
    with database.writing(tenants.ours) as session, pytest.raises(NotFound):
        read_person_rows(session, admin, user_id, "nothing", 0, 2)
