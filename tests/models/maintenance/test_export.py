"""The file of a team has all that it owns, without secrets, and is written a batch at a time."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.errors import NotAllowed
from models.maintenance import export
from models.maintenance.export import (
    NOT_EXPORTED,
    OF_PEOPLE,
    OF_PIPEDRIVE,
    ExportPart,
    begin_team_export,
    json_pieces,
    read_rows,
    team_parts,
)
from models.maintenance.rekey import SEALED
from models.tables import KnownName, Rule
from models.tables.base import Base
from tests.conftest import TwoTenants
from tests.models.maintenance.test_nothing_is_left import OURS, THEIRS, fill
from tests.models.rows import add, rule

SECRET_WORDS = ("token", "secret", "password", "hash", "digest")


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@example.com", tenant_id, role=role, is_certain=True)


def written(database: Database, tenant_id: int, *, whole: bool) -> Any:
    with database.writing(tenant_id) as session:
        head = begin_team_export(session, admin(tenant_id))
    return json.loads(b"".join(json_pieces(database, tenant_id, team_parts(tenant_id, whole=whole), head)))


@pytest.mark.parametrize("whole", [True, False])
def test_everything_a_team_owns_is_in_its_file_and_nothing_of_another(
    database: Database, tenants: TwoTenants, *, whole: bool
) -> None:
    fill(database, tenants.ours, OURS)
    fill(database, tenants.theirs, THEIRS)
    found = written(database, tenants.ours, whole=whole)

    tables = {each.name for each in Base.metadata.sorted_tables if "tenant_id" in each.c}
    missing = tables - set(found["rows"])
    assert missing == (NOT_EXPORTED if whole else NOT_EXPORTED | OF_PIPEDRIVE | OF_PEOPLE)
    text = json.dumps(found)
    assert OURS in text
    assert THEIRS not in text


def test_no_column_of_secrets_is_in_it(tenants: TwoTenants) -> None:
    sealed = {(each.table.__tablename__, each.column) for each in SEALED}
    for part in team_parts(tenants.ours, whole=True):
        names = {each.name for each in part.columns}
        assert not {name for table, name in sealed if table == part.table.name} & names, part.name
        assert not [name for name in names if name.endswith(SECRET_WORDS)], part.name


def test_rows_are_read_a_batch_at_a_time_whatever_their_key(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "BATCH", 2)
    add(database, *(rule(tenants.ours, f"R{n}") for n in range(5)))
    pairs = [(kind, key) for kind in "ab" for key in "123"]
    add(database, *(KnownName(tenant_id=tenants.ours, kind=kind, key=key, text="x") for kind, key in pairs))

    pieces = list(json_pieces(database, tenants.ours, team_parts(tenants.ours, whole=True), {"team": "x"}))
    found = json.loads(b"".join(pieces))

    assert [row["name"] for row in found["rows"]["rules"]] == [f"R{n}" for n in range(5)]
    assert [(row["kind"], row["key"]) for row in found["rows"]["names"]] == pairs
    assert max(piece.count(b'"event_types"') for piece in pieces) == 2


def test_a_team_without_rows_has_a_file(database: Database, tenants: TwoTenants) -> None:
    pieces = json_pieces(database, tenants.ours, [], {"team": "x"})
    assert json.loads(b"".join(pieces)) == {"team": "x", "rows": {}}


def test_parts_begin_after_the_last_row(database: Database, tenants: TwoTenants) -> None:
    add(database, *(rule(tenants.ours, f"R{n}") for n in range(3)))
    table: Any = Rule.__table__
    part = ExportPart("rules", table, table.c.tenant_id == tenants.ours)
    with database.reading(tenants.ours) as session:
        first = read_rows(session, part, [], 2)
        rest = read_rows(session, part, [first[-1]["id"]], 2)

    assert [row["name"] for row in (*first, *rest)] == ["R0", "R1", "R2"]


def test_only_admins_export_a_team(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.ours) as session, pytest.raises(NotAllowed):
        begin_team_export(session, admin(tenants.ours, "manager"))
