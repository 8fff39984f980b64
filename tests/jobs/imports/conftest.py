"""An import that an admin started, and workers that write it to the simulated Pipedrive."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.imports.write import ImportWriter
from models.accounts.actor import Actor
from models.imports.actions import set_columns, start_import, undo_import, upload_file
from models.tables.imports import LeadImport, LeadImportRow
from tests.jobs.caring import Household
from tests.models.acting import add_person, later

FILE = """Name;E-Mail;Firma;Titel;Wert;Notiz
Jana;jana@initech.test;Zenith;Ten seats;1.234,50;Call <b>me</b>
Jana;jana@initech.test;Zenith;Two more;;
Bo;no mail;Zenith;Never;;
Cy;;;Without a mail;;
"""


@dataclass
class Importing:
    """The household of a team, its admin, and the import under way."""

    home: Household
    admin: Actor
    import_id: int = 0

    def start(self, text: str = FILE, *, routes: bool = False) -> None:
        with self.home.database.writing(self.home.tenant_id) as session:
            made = upload_file(session, self.admin, "leads.csv", text.encode())
            set_columns(session, self.admin, made.id, made.columns, currency="EUR", routes=routes)
            self.import_id = start_import(session, self.admin, made.id).id

    def undo(self) -> None:
        with self.home.database.writing(self.home.tenant_id) as session:
            undo_import(session, self.admin, self.import_id)

    def work(self, times: int = 12) -> None:
        """Let a new worker work, with the time that passes between."""
        writer = ImportWriter(self.home.database, self.home.pipedrive)
        for _ in range(times):
            self.pass_time()
            writer.step()

    def pass_time(self) -> None:
        with self.home.database.writing_all() as session:
            session.execute(update(LeadImport).values(next_attempt_at=later(-1)))
            held = update(LeadImport).where(LeadImport.lease_until.is_not(None))
            session.execute(held.values(lease_until=later(-1)))

    def rows(self) -> Sequence[LeadImportRow]:
        with self.home.database.reading(self.home.tenant_id) as session:
            return session.scalars(select(LeadImportRow).order_by(LeadImportRow.line)).all()

    def states(self) -> list[str]:
        return [each.state for each in self.rows()]

    def row(self) -> LeadImport:
        with self.home.database.reading(self.home.tenant_id) as session:
            return session.scalars(select(LeadImport)).one()

    def made(self) -> dict[str, list[Any]]:
        """What Pipedrive has of the file."""
        store = self.home.crm.store
        return {
            "lead": [each for each in store.all("lead") if str(each["origin_id"]).startswith("pipenotify")],
            "note": [each for each in store.all("note") if each["lead_id"]],
            "person": [each for each in store.all("person") if each["name"] in ("Jana", "Cy")],
            "organization": [each for each in store.all("organization") if each["name"] == "Zenith"],
        }

    def counts(self) -> list[int]:
        return [len(each) for each in self.made().values()]


@pytest.fixture
def importing(household: Household) -> Importing:
    household.connect(domain="acme.pipedrive.com")
    return Importing(household, add_person(household.database, household.tenant_id, role="admin"))
