"""Nobody acts on what no key of a process decrypts: it waits, as it is, for a process that has the key."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jobs.events.read_event import UNREADABLE, read_event
from models.accounts.idempotency import KeptAnswer, find_answer, keep_answer
from models.card_actions.work import claim_action
from models.clock import now
from models.database.engine import Database
from models.errors import SecretUnreadable
from models.events.claims import claim_new
from models.events.store import Arrival, store
from models.imports.work import claim_row
from models.intake.work import claim_submission
from models.stalled.signals import tell_due
from models.stalled.track import unpacked
from models.tables import (
    CardAction,
    IntakeForm,
    IntakeSubmission,
    LeadImport,
    LeadImportRow,
    TrackedObject,
)
from tests.conftest import TwoTenants
from tests.models.acting import add_person, later
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add

SOON = timedelta(seconds=30)


@pytest.fixture
def encrypted(database: Database, tenants: TwoTenants) -> Database:
    give_keys(database)
    encrypt(database, tenants.ours)
    return database


def lose_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("models.tables.types.encrypted._KEYS", {})


def later_at(database: Database, table: Any, column: str = "next_attempt_at") -> bool:
    with database.reading_all() as session:
        return bool(session.scalars(select(getattr(table, column))).one() > now() + timedelta(minutes=5))


def test_a_press_is_not_written(
    encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = add_person(encrypted, tenants.ours)
    about = {"entity": "deal", "object_id": "7", "lane": "spaces/A", "do": "deal.activity", "key": "k"}
    pressed = CardAction(tenant_id=tenants.ours, user_id=ada.user_id, fields={"subject": "Call"}, **about)
    add(encrypted, pressed)
    lose_keys(monkeypatch)
    with encrypted.writing(tenants.ours) as session:
        assert claim_action(session, tenants.ours, pressed.id, "t", now(), now() + SOON) is None
    assert later_at(encrypted, CardAction)
    with encrypted.reading(tenants.ours) as session:
        assert session.scalars(select(CardAction.attempts)).one() == 0


def test_what_was_entered_makes_no_lead(
    encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = IntakeForm(tenant_id=tenants.ours, name="Site", token_hash="h", last_four="abcd", origins=[])
    add(encrypted, form)
    entered = IntakeSubmission(tenant_id=tenants.ours, form_id=form.id, key="k", title="T", message="Hi")
    add(encrypted, entered)
    lose_keys(monkeypatch)
    with encrypted.writing(tenants.ours) as session:
        assert claim_submission(session, tenants.ours, entered.id, "t", now(), now() + SOON) is None
    assert later_at(encrypted, IntakeSubmission)


def test_an_import_waits(encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch) -> None:
    file = LeadImport(tenant_id=tenants.ours, name="leads.csv", state="running", header=["Name"])
    add(encrypted, file)
    add(encrypted, LeadImportRow(tenant_id=tenants.ours, import_id=file.id, line=2, cells=["Jana"]))
    lose_keys(monkeypatch)
    with encrypted.writing(tenants.ours) as session:
        assert claim_row(session, tenants.ours, file.id, "t", now(), now() + SOON) is None
    assert later_at(encrypted, LeadImport)
    with encrypted.reading(tenants.ours) as session:
        assert session.scalars(select(LeadImportRow.state)).one() == "pending"


def test_an_event_fails_alone_and_can_be_replayed(
    encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    with encrypted.writing_all() as session:
        store(session, [Arrival(each, "k", b"{}", "new", now()) for each in tenants])
    lose_keys(monkeypatch)
    with encrypted.writing_all() as session:
        ours, theirs = claim_new(session, tenants, "t", now(), now() + SOON, 10)
    for each in (ours, theirs):
        read_event(each)
    assert (ours.state, ours.outcome) == ("failed", UNREADABLE)
    assert theirs.state == "unparsed"


def test_an_object_is_looked_at_later(
    encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    times = {"changed_at": later(-9e6), "heard_at": later(-9e6), "next_at": later(-1)}
    state = b'{"state":{"title":"Globex"},"permitted":null}'
    deal = {"entity": "deal", "object_id": "7", "is_open": True, "state": state}
    add(encrypted, TrackedObject(tenant_id=tenants.ours, **deal, **times))
    lose_keys(monkeypatch)
    with encrypted.writing_all() as session:
        assert tell_due(session, now(), 10) == 1
        row = session.scalars(select(TrackedObject)).one()
        assert unpacked(row.state) == ({}, frozenset())
        assert row.announced == 0
    assert later_at(encrypted, TrackedObject, "next_at")


def test_a_kept_answer_is_not_given_back_empty(
    encrypted: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = add_person(encrypted, tenants.ours)
    with encrypted.writing(tenants.ours) as session:
        keep_answer(session, ada, "k", "h", KeptAnswer(201, '{"email":"jana@initech.test"}'))
    before = dump(encrypted)
    lose_keys(monkeypatch)
    with pytest.raises(SecretUnreadable), encrypted.writing(tenants.ours) as session:
        find_answer(session, ada, "k", "h")
    assert dump(encrypted) == before
