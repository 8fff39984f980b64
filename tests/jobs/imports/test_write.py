"""Each row of a file becomes one lead, whatever fails or dies in between; presses and limits come first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs.imports import write
from jobs.imports.write import ImportWriter
from models.clock import now
from models.connections import api_usage
from models.imports import work
from models.imports.work import due_imports
from models.tables.leads import IntakeForm, IntakeSubmission
from tests.jobs.imports.conftest import Importing
from tests.models.acting import later
from tests.models.rows import add
from web.playground.faults import Fault
from web.playground.pipedrive.store import ApiUser

ADA = ApiUser(1, "app")


def test_each_row_is_one_lead_and_the_same_person_is_made_once(importing: Importing) -> None:
    importing.start()
    importing.work()

    made = importing.made()
    (person,) = [each for each in made["person"] if each["name"] == "Jana"]
    (organization,) = made["organization"]
    first, second, third = sorted(made["lead"], key=lambda each: str(each["title"]))
    assert [each["title"] for each in (first, second, third)] == ["Ten seats", "Two more", "Without a mail"]
    assert (first["person_id"], first["organization_id"]) == (person["id"], organization["id"])
    assert (second["person_id"], second["organization_id"]) == (person["id"], organization["id"])
    assert first["value"] == {"amount": 1234.5, "currency": "EUR"}
    assert [each["content"] for each in made["note"]] == ["Call &lt;b&gt;me&lt;/b&gt;"]
    assert importing.states() == ["done", "done", "failed", "done"]
    assert "no mail" in importing.rows()[2].reason
    assert importing.row().state == "done"


def test_a_person_who_is_there_already_is_taken(importing: Importing) -> None:
    store = importing.home.crm.store
    mail = [{"value": "there@globex.test", "primary": True, "label": "work"}]
    there = store.create("person", {"name": "There", "emails": mail}, ADA)
    importing.start("Name;E-Mail;Titel\nOther;There@globex.test;Again\n")
    importing.work()

    (lead,) = importing.made()["lead"]
    assert lead["person_id"] == there["id"]
    assert [each["name"] for each in store.all("person") if each["name"] == "Other"] == []


def dies_before(store: Callable[..., bool], number: int) -> Callable[..., bool]:
    """Return what stores, and dies instead at its call of that number: Pipedrive has it, we do not."""
    calls = iter(range(1, 1000))

    def stored(*args: Any, **kwargs: Any) -> bool:
        if next(calls) == number:
            raise KeyboardInterrupt
        return store(*args, **kwargs)

    return stored


@pytest.mark.parametrize("number", range(1, 10))
def test_killed_after_any_write_nothing_is_made_twice(
    importing: Importing, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    importing.start()
    with monkeypatch.context() as patched:
        patched.setattr(write, "keep_row", dies_before(work.keep_row, number))
        with pytest.raises(KeyboardInterrupt):
            importing.work()
    importing.work()

    assert importing.counts() == [3, 1, 2, 1]
    assert importing.states() == ["done", "done", "failed", "done"]


def test_killed_before_a_row_is_settled_nothing_is_made_twice(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.start()
    with monkeypatch.context() as patched:
        patched.setattr(write, "settle_row", dies_before(work.settle_row, 1))
        with pytest.raises(KeyboardInterrupt):
            importing.work()
    importing.work()

    assert importing.counts() == [3, 1, 2, 1]


def test_a_worker_that_was_away_for_too_long_stores_nothing(
    importing: Importing, monkeypatch: pytest.MonkeyPatch
) -> None:
    importing.start()
    keep = work.keep_row

    def slow(session: Any, claimed: Any, **values: Any) -> bool:
        claimed.token = "of another worker"
        return keep(session, claimed, **values)

    with monkeypatch.context() as patched:
        patched.setattr(write, "keep_row", slow)
        with pytest.raises(write.ImportTaken):
            importing.work(1)
    importing.work()

    assert importing.counts() == [3, 1, 2, 1]


def test_it_waits_while_pipedrive_is_away_and_says_why(importing: Importing) -> None:
    importing.home.crm.faults.order(Fault(times=2, where="/persons", status=503))
    importing.start()
    importing.work(1)
    assert importing.states() == ["pending", "pending", "failed", "pending"]
    assert importing.row().problem
    importing.work()

    assert importing.counts() == [3, 1, 2, 1]
    assert importing.row().problem == ""


def test_a_row_that_pipedrive_refuses_fails_and_the_next_goes_on(importing: Importing) -> None:
    importing.home.crm.faults.order(Fault(times=1, where="/persons/search", status=400))
    importing.start()
    importing.work()

    assert importing.states() == ["failed", "done", "failed", "done"]


def test_it_spends_a_part_of_the_day_and_goes_on_the_next(importing: Importing) -> None:
    home = importing.home
    importing.start()
    with home.database.writing(home.tenant_id) as session:
        api_usage.spend(session, home.tenant_id, now().date(), home.settings.pipedrive_daily_tokens // 2)
    importing.work(3)

    assert importing.counts() == [0, 0, 0, 0]
    assert "after midnight" in importing.row().problem
    assert [each.attempts for each in importing.rows()] == [0, 0, 0, 0]
    assert home.pipedrive.as_tenant(home.tenant_id, lambda api: api.me())


def test_what_people_entered_in_a_form_is_written_first(importing: Importing) -> None:
    home = importing.home
    importing.start()
    form = IntakeForm(tenant_id=home.tenant_id, name="Site", token_hash="h", last_four="abcd", origins=[])
    add(home.database, form)
    entered = IntakeSubmission(tenant_id=home.tenant_id, form_id=form.id, key="k", title="Now")
    add(home.database, entered)
    with home.database.reading_all() as session:
        assert due_imports(session, later(1)) == []

    assert not ImportWriter(home.database, home.pipedrive).step()


def test_in_staging_it_waits_with_its_reason_and_no_row_counts_as_failed(importing: Importing) -> None:
    importing.start()
    importing.home.to_staging("12345")
    importing.work()
    assert importing.counts() == [0, 0, 0, 0]
    assert importing.states() == ["pending", "pending", "failed", "pending"], "one has no mail"
    assert importing.row().problem.startswith("This is a staging installation")
    assert importing.home.told() == []
