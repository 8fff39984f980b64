"""A worker encrypts what teams chose, a page at a time; leads are made of what is encrypted as before."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from jobs.encryption import change_rows as change_rows_module
from jobs.encryption.change_rows import TURN_S, change_rows
from jobs.intake.write import IntakeWriter
from models.accounts.actor import system
from models.clock import now
from models.database.engine import Database
from models.events.store import Arrival, store
from models.imports.actions import upload_file
from models.intake.actions import Entered, _same_words, accept
from models.leads.history import LeadRef, NewLine, add_line
from models.maintenance.encrypt_rows import BATCH
from models.maintenance.encryption import get_encryption, set_encryption
from models.security import contents
from models.tables import IntakeForm, LeadHistory, LeadImport
from models.tables.leads import LeadEvent
from tests.conftest import TwoTenants
from tests.jobs.caring import Household
from tests.jobs.imports.conftest import FILE, Importing
from tests.models.acting import add_person
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import dump, lines_with
from tests.models.rows import add

JANA = Entered("Jana", "jana@initech.test", "0151 234", "Initech", "Ten seats", "Call jana@initech.test")
SECRETS = ("jana@initech.test", "0151 234", "Jana")


def readable(database: Database) -> list[str]:
    return [line[:200] for secret in SECRETS for line in lines_with(dump(database), secret)]


def fingerprints_without_key(form: IntakeForm) -> set[str]:
    """What whoever guesses the words would look for in the database."""
    words = [_same_words(form.id, JANA, now() - timedelta(minutes=minutes)) for minutes in (0, 10)]
    return {hashlib.sha256(each.encode()).hexdigest() for each in words}


@pytest.fixture
def form(household: Household) -> IntakeForm:
    household.connect(domain="acme.pipedrive.com")
    give_keys(household.database)
    encrypt(household.database, household.tenant_id)
    made = IntakeForm(
        tenant_id=household.tenant_id, name="Site", token_hash="h", last_four="abcd", origins=[]
    )
    add(household.database, made)
    return made


def test_a_lead_is_made_of_a_form_and_nothing_of_it_can_be_read(
    household: Household, form: IntakeForm
) -> None:
    for entered in (JANA, Entered(email=JANA.email, title="Other", message="0151 234")):
        for _ in range(2):
            with household.database.writing(household.tenant_id) as session:
                accept(session, form, entered)
    assert len(lines_with(dump(household.database), "intake_submissions:")) == 2
    writer = IntakeWriter(household.database, household.pipedrive)
    while writer.step():
        pass
    (person,) = [each for each in household.crm.store.all("person") if each["name"] == "Jana"]
    assert [each["value"] for each in person["emails"]] == [JANA.email]
    assert len([each for each in household.crm.store.all("lead") if each["person_id"] == person["id"]]) == 1
    plain = fingerprints_without_key(form)
    assert len(plain) > 1
    assert [line for each in plain for line in lines_with(dump(household.database), each)] == []
    assert readable(household.database) == []


def test_an_import_is_written_and_undone_and_nothing_of_it_can_be_read(
    household: Household, form: IntakeForm
) -> None:
    assert form.id
    importing = Importing(household, add_person(household.database, household.tenant_id, role="admin"))
    with household.database.writing(household.tenant_id) as session:
        upload_file(session, importing.admin, "leads.csv", FILE.encode())
    assert readable(household.database) == []
    importing.start()
    importing.work()
    assert importing.counts() == [3, 1, 2, 1]
    assert readable(household.database) == []
    importing.undo()
    importing.work()
    assert importing.states() == ["undone", "undone", "failed", "undone"]
    assert lines_with(dump(household.database), "no mail") == []


def test_a_file_without_headings_and_the_notes_of_a_lead_tell_nobody_either(
    household: Household, form: IntakeForm
) -> None:
    assert form.id
    admin = add_person(household.database, household.tenant_id, role="admin")
    with household.database.writing(household.tenant_id) as session:
        upload_file(session, admin, "leads.csv", b"Jana;jana@initech.test;0151 234\nBo;bo@initech.test;1\n")
        lead = LeadRef(household.tenant_id, "lead", "7")
        line = NewLine(LeadEvent.NOTE, now(), "k", None, {"content": "Call jana@initech.test"})
        add_line(session, lead, line)
    assert readable(household.database) == []
    with household.database.reading(household.tenant_id) as session:
        assert session.scalars(select(LeadImport.header)).one()[0] == "Jana"
        assert session.scalars(select(LeadHistory.details)).one() == line.details


def test_a_row_that_cannot_be_changed_holds_up_nobody(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_keys(database)
    bodies = [orjson.dumps({"email": JANA.email, "is": each}) for each in ("first", "poison", "last")]
    with database.writing_all() as session:
        for tenant_id in tenants:
            store(
                session,
                [Arrival(tenant_id, str(number), raw, "new", now()) for number, raw in enumerate(bodies)],
            )
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            set_encryption(session, system(tenant_id, "test"), is_on=True)
    encrypts = contents._to_store

    def fail(session: Any, tenant_id: int, name: str, search: str | None, value: Any) -> Any:
        if tenant_id == tenants.ours and b"poison" in value:
            raise ValueError("no")
        return encrypts(session, tenant_id, name, search, value)

    monkeypatch.setattr(contents, "_to_store", fail)
    with capture_logs() as logs:
        while change_rows(database):
            pass
    assert [(line["event"], line["row"][0]) for line in logs] == [("contents.not_changed", "events")]
    with database.reading_all() as session:
        assert [get_encryption(session, each).is_over for each in tenants] == [True, True]
    assert len(lines_with(dump(database), JANA.email)) == 1


def test_many_rows_take_several_turns(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = count()
    monkeypatch.setattr(change_rows_module, "monotonic", lambda: next(ticks) * TURN_S / 1.5)
    give_keys(database)
    raw = orjson.dumps({"email": JANA.email})
    with database.writing_all() as session:
        store(session, [Arrival(tenants.ours, f"k{n}", raw, "new", now()) for n in range(BATCH + 1)])
    with database.writing(tenants.ours) as session:
        set_encryption(session, system(tenants.ours, "test"), is_on=True)
    assert change_rows(database)
    assert change_rows(database)
    assert len(readable(database)) > 0
    while change_rows(database):
        pass
    with database.reading(tenants.ours) as session:
        state = get_encryption(session, tenants.ours)
    assert (state.done, state.is_over) == (BATCH + 1, True)
    assert readable(database) == []
    writes = database.commits
    assert change_rows(database) is False
    assert database.commits == writes


def test_two_teams_follow_each_in_its_own_turn(database: Database, tenants: TwoTenants) -> None:
    give_keys(database)
    for tenant_id, is_on in zip(tenants, (True, True), strict=True):
        with database.writing(tenant_id) as session:
            set_encryption(session, system(tenant_id, "test"), is_on=is_on)
    while change_rows(database):
        pass
    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            assert get_encryption(session, tenant_id).is_over
