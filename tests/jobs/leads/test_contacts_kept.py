"""Where the e-mail address and the telephone number of a lead stand in the database: where /privacy says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import pytest
from sqlalchemy import select

from jobs.card_actions.write import CardActionWriter
from jobs.intake.write import IntakeWriter
from models.intake.actions import Entered, accept
from models.leads.actions import NewLead, Via, create_lead
from models.tables import IntakeForm
from models.tables.base import Base
from tests.engine import Bench, link
from tests.jobs.caring import Household
from tests.jobs.imports.conftest import Importing
from tests.models.acting import add_person, body_of
from tests.models.rows import add

ROADS: Final = ("form", "file", "person", "webhook")
KEPT: Final = {
    "form": {"intake_submissions"},
    "file": {"lead_import_rows"},
    "person": set[str](),  # once it is written to Pipedrive
    "webhook": {"events", "tracked_objects"},
}


def mail_of(road: str) -> str:
    return f"canary.{road}@initech.test"


def phone_of(road: str) -> str:
    return f"+420 777 000 {ROADS.index(road):03}"


def tables_with(bench: Bench, *secrets: str) -> Iterator[tuple[str, str]]:
    """Yield each table that has one of the texts in a row, with that row."""
    with bench.database.reading_all() as session:
        for table in Base.metadata.sorted_tables:
            for row in session.execute(select(table)):
                if any(secret in str(value) for value in row for secret in secrets):
                    yield table.name, str(row)


@pytest.fixture
def walked(bench: Bench, household: Household) -> Bench:
    """A lead by each road, each written to Pipedrive, told of and shown as a card."""
    household.connect(domain="acme.pipedrive.com")
    tenant_id, database = household.tenant_id, household.database
    token = household.crm.oauth.grant(1)["refresh_token"]
    ada = add_person(database, tenant_id, vault=household.vault, refresh_token=token)
    admin = add_person(database, tenant_id, "Ann", None, role="admin")
    form = IntakeForm(tenant_id=tenant_id, name="Site", token_hash="h", last_four="abcd", origins=[])
    add(database, form)
    with database.writing(tenant_id) as session:
        accept(session, form, Entered("Jana", mail_of("form"), phone_of("form"), title="Ten seats"))
        create_lead(
            session, ada, NewLead("Inbound", "Ben", mail_of("person"), phone_of("person")), Via("key")
        )
    file = f"Name;E-Mail;Phone;Titel\nJana;{mail_of('file')};{phone_of('file')};Ten seats\n"
    importing = Importing(household, admin)
    importing.start(file)
    IntakeWriter(database, household.pipedrive).step()
    CardActionWriter(database, household.pipedrive).step()
    importing.work()  # after forms and presses
    link(database, tenant_id, on=("person.*", "lead.*"))
    contacts = {"emails": [{"value": mail_of("webhook")}], "phones": [{"value": phone_of("webhook")}]}
    bench.receive(tenant_id, body_of("person", 77, name="Jana", **contacts))
    bench.spread()
    bench.send_all()
    return bench


def test_contact_details_stand_where_the_page_of_privacy_says_and_in_no_log(
    walked: Bench, household: Household, capsys: Any
) -> None:
    for road, tables in KEPT.items():
        found = list(tables_with(walked, mail_of(road), phone_of(road)))
        assert {table for table, _ in found} == tables, found
    at_pipedrive = str(household.crm.store.all("person"))
    assert all(mail_of(road) in at_pipedrive for road in ("form", "file", "person"))

    written = "".join(capsys.readouterr())
    assert not any(text in written for road in ROADS for text in (mail_of(road), phone_of(road)))
    assert mail_of("webhook") in str(walked.chat.cards("spaces/AAAA"))
