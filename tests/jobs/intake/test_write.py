"""What is entered becomes one person, one organization and one lead, whatever fails or dies in between."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select, update

from jobs.intake import write
from jobs.intake.write import IntakeWriter
from jobs.to_pipedrive.api import PipedriveApi
from models.database.engine import Database
from models.intake.actions import Entered, accept
from models.intake.work import keep_step
from models.tables.leads import IntakeForm, IntakeSubmission
from tests.jobs.caring import Household
from tests.models.acting import later
from tests.models.rows import add
from web.playground.faults import Fault

JANA = Entered("Jana", "jana@initech.test", "123", "Initech", "Ten seats", "Call <b>me</b>\nsoon")


@pytest.fixture
def form(household: Household) -> IntakeForm:
    household.connect(domain="acme.pipedrive.com")
    made = IntakeForm(
        tenant_id=household.tenant_id, name="Site", token_hash="h", last_four="abcd", origins=[]
    )
    add(household.database, made)
    return made


def enter(home: Household, form: IntakeForm, entered: Entered = JANA) -> None:
    with home.database.writing(home.tenant_id) as session:
        accept(session, form, entered)


def work(home: Household, times: int = 6) -> None:
    """Let a new worker write, with the time that passes between."""
    writer = IntakeWriter(home.database, home.pipedrive)
    for _ in range(times):
        pass_time(home.database)
        writer.step()


def pass_time(database: Database) -> None:
    with database.writing_all() as session:
        values = {"next_attempt_at": later(-1), "lease_until": later(-1)}
        session.execute(update(IntakeSubmission).values(values))


def rows(home: Household) -> list[IntakeSubmission]:
    with home.database.reading(home.tenant_id) as session:
        mine = IntakeSubmission.tenant_id == home.tenant_id
        return list(session.scalars(select(IntakeSubmission).where(mine).order_by(IntakeSubmission.id)))


def made(home: Household) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """The leads, notes, persons and organizations that Pipedrive has of it."""
    store = home.crm.store
    return (
        [each for each in store.all("lead") if each["title"] == "Ten seats"],
        [each for each in store.all("note") if each["lead_id"]],
        [each for each in store.all("person") if each["name"] == "Jana"],
        [each for each in store.all("organization") if each["name"] == "Initech"],
    )


def test_a_lead_with_its_person_its_organization_and_its_words(
    household: Household, form: IntakeForm
) -> None:
    enter(household, form)
    work(household, 1)

    ((lead,), (note,), (person,), (organization,)) = made(household)
    assert (lead["person_id"], lead["organization_id"]) == (person["id"], organization["id"])
    assert note["content"] == "Call &lt;b&gt;me&lt;/b&gt;<br>soon"
    assert [(each.state, each.lead_id) for each in rows(household)] == [("done", lead["id"])]


def test_a_second_one_of_the_same_mail_becomes_a_note_on_the_first_lead(
    household: Household, form: IntakeForm
) -> None:
    enter(household, form)
    enter(household, form, Entered("Jana", "jana@initech.test", title="Other", message="And this"))
    work(household)

    leads, notes, persons, _ = made(household)
    assert (len(leads), len(notes), len(persons)) == (1, 2, 1)
    assert {each.lead_id for each in rows(household)} == {leads[0]["id"]}


def test_two_workers_at_once_make_one_person(
    household: Household, form: IntakeForm, monkeypatch: pytest.MonkeyPatch
) -> None:
    enter(household, form)
    enter(household, form, Entered("Jana", "jana@initech.test", title="Ten seats", message="Again"))
    with household.database.writing_all() as session:
        # As for one that comes too late to join the first: it has a lead of its own.
        session.execute(update(IntakeSubmission).values(joined_id=None))
    other, found = IntakeWriter(household.database, household.pipedrive), list[bool]()

    def step(writer: IntakeWriter, api: Any, claimed: Any) -> None:
        found.append(other.step())
        written(writer, api, claimed)

    written = IntakeWriter._write
    monkeypatch.setattr(IntakeWriter, "_write", step)
    work(household, 1)
    monkeypatch.undo()
    work(household)

    assert found == [False]
    assert [len(each) for each in made(household)] == [2, 2, 1, 1]


@pytest.mark.parametrize("step", range(5))
def test_killed_after_any_write_it_makes_one_lead(
    household: Household, form: IntakeForm, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    enter(household, form)
    steps: list[dict[str, str]] = []

    def killed(session: Any, claimed: Any, **ids: str) -> bool:
        if len(steps) == step:
            raise KeyboardInterrupt  # written at Pipedrive, and not stored here
        steps.append(ids)
        return keep_step(session, claimed, **ids)

    with monkeypatch.context() as patched:
        patched.setattr(write, "keep_step", killed)
        if step < 4:
            with pytest.raises(KeyboardInterrupt):
                work(household, 1)
        else:
            work(household, 1)
    work(household)

    assert [len(each) for each in made(household)] == [1, 1, 1, 1]
    assert [each.state for each in rows(household)] == ["done"]


@pytest.mark.parametrize("email", ["jana@initech.test", ""])
@pytest.mark.parametrize("step", ["organization_id", "person_id"])
def test_killed_before_a_search_finds_what_it_made_it_makes_one_of_each(
    household: Household, form: IntakeForm, monkeypatch: pytest.MonkeyPatch, step: str, email: str
) -> None:
    monkeypatch.setattr(PipedriveApi, "_search", lambda *_: [])
    enter(household, form, replace(JANA, email=email, organization="Zenith"))

    def killed(session: Any, claimed: Any, **ids: str) -> bool:
        if step in ids:
            raise KeyboardInterrupt
        return keep_step(session, claimed, **ids)

    with monkeypatch.context() as patched:
        patched.setattr(write, "keep_step", killed)
        with pytest.raises(KeyboardInterrupt):
            work(household, 1)
    work(household)

    assert [len(each) for each in made(household)[:3]] == [1, 1, 1]
    assert [each["name"] for each in household.crm.store.all("organization")].count("Zenith") == 1


def test_it_waits_while_pipedrive_is_away(household: Household, form: IntakeForm) -> None:
    household.crm.faults.order(Fault(times=2, where="/persons", status=503))
    enter(household, form)
    work(household, 1)
    assert [each.state for each in rows(household)] == ["pending"]
    work(household)

    assert [len(each) for each in made(household)] == [1, 1, 1, 1]


def test_in_staging_it_waits_with_its_reason_and_nobody_is_told(
    household: Household, form: IntakeForm
) -> None:
    enter(household, form)
    household.to_staging("12345")
    work(household, 8)
    (row,) = rows(household)
    assert (row.state, row.problem[:30]) == ("pending", "This is a staging installation")
    assert (made(household)[:3], household.told()) == (([], [], []), [])
    IntakeWriter(household.database, household.pipedrive).step()
    assert rows(household)[0].next_attempt_at > later(20 * 3600)

    household.to_staging("acme.pipedrive.com")
    work(household, 1)
    assert [each.state for each in rows(household)] == ["done"]
