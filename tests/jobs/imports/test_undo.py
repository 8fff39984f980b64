"""What an import made goes again, and what somebody changed or found there stays, with the reason."""

from __future__ import annotations

import pytest

from jobs.imports import write
from models.imports import work
from tests.jobs.imports.conftest import Importing
from tests.jobs.imports.test_write import ADA, dies_before


@pytest.fixture
def done(importing: Importing) -> Importing:
    importing.start()
    importing.work()
    assert importing.counts() == [3, 1, 2, 1]
    return importing


def test_everything_that_it_made_goes(done: Importing) -> None:
    done.undo()
    done.work()

    made = done.made()
    assert (made["lead"], made["person"], made["organization"]) == ([], [], [])
    assert done.states() == ["undone", "undone", "failed", "undone"]
    assert done.row().state == "undone"


def test_a_lead_that_somebody_changed_stays_with_its_people(done: Importing) -> None:
    store = done.home.crm.store
    (lead,) = [each for each in store.all("lead") if each["title"] == "Two more"]
    store.change("lead", lead["id"], {"title": "Three more"}, ADA)
    done.undo()
    done.work()

    made = done.made()
    assert [each["title"] for each in made["lead"]] == ["Three more"]
    assert [each["name"] for each in made["person"]] == ["Jana"]
    assert len(made["organization"]) == 1
    assert done.states() == ["left", "left", "failed", "undone"]
    assert "lead stays" in done.rows()[1].reason
    assert "person stays" in done.rows()[0].reason


def test_a_lead_with_a_note_of_somebody_stays(done: Importing) -> None:
    store = done.home.crm.store
    (lead,) = [each for each in store.all("lead") if each["title"] == "Without a mail"]
    store.create("note", {"content": "Called", "lead_id": lead["id"]}, ADA)
    done.undo()
    done.work()

    assert done.states() == ["undone", "undone", "failed", "left"]


def test_a_person_with_a_deal_and_an_organization_of_theirs_stay(done: Importing) -> None:
    store = done.home.crm.store
    (jana,) = [each for each in done.made()["person"] if each["name"] == "Jana"]
    store.create("deal", {"title": "Big", "person_id": jana["id"]}, ADA)
    done.undo()
    done.work()

    made = done.made()
    assert (made["lead"], [each["name"] for each in made["person"]]) == ([], ["Jana"])
    assert len(made["organization"]) == 1
    assert done.states() == ["left", "undone", "failed", "undone"]


def test_who_was_there_before_stays(importing: Importing) -> None:
    store = importing.home.crm.store
    initech = store.create("organization", {"name": "Zenith"}, ADA)
    importing.start()
    importing.work()
    importing.undo()
    importing.work()

    assert importing.made()["organization"] == [store.get("organization", initech["id"])]
    assert importing.states() == ["undone", "undone", "failed", "undone"]


def test_undone_in_the_middle_the_rest_is_never_written(importing: Importing) -> None:
    importing.start()
    importing.work(1)
    importing.undo()
    importing.work()

    made = importing.made()
    assert made["lead"] == made["person"] == made["organization"] == []
    assert importing.states() == ["undone", "undone", "failed", "undone"]


def test_a_lead_of_a_worker_that_died_goes_too(importing: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    importing.start()
    with monkeypatch.context() as patched:
        patched.setattr(write, "keep_row", dies_before(work.keep_row, 3))
        with pytest.raises(KeyboardInterrupt):
            importing.work()
    assert len(importing.made()["lead"]) == 1
    importing.undo()
    importing.work()

    made = importing.made()
    assert made["lead"] == made["person"] == made["organization"] == []


def test_killed_while_it_undoes_it_goes_on(done: Importing, monkeypatch: pytest.MonkeyPatch) -> None:
    done.undo()
    with monkeypatch.context() as patched:
        patched.setattr(write, "settle_row", dies_before(work.settle_row, 2))
        with pytest.raises(KeyboardInterrupt):
            done.work()
    done.work()

    assert done.made()["lead"] == done.made()["person"] == done.made()["organization"] == []
    assert done.row().state == "undone"
