"""What was pressed is written once, as whoever pressed, whatever fails or dies in between."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.card_actions import write
from models.tables import PersonalConnection
from tests.jobs.card_actions.conftest import Acting
from tests.models.acting import actions_of, add_person, due_copies_of
from web.playground.faults import Fault
from web.playground.pipedrive.store import ApiUser

MEETING: dict[str, Any] = {"subject": "Call Bob", "type": "call", "due_date": "2026-12-02"}


@pytest.mark.parametrize(
    ("do", "fields", "holds"),
    [
        ("deal.won", {"status": "won"}, {"status": "won"}),
        ("deal.lost", {"status": "lost", "lost_reason": "Price"}, {"status": "lost", "lost_reason": "Price"}),
        ("deal.move", {"stage_id": 4}, {"stage_id": 4}),
        ("deal.assign", {"owner_id": 2}, {"owner_id": 2}),
    ],
)
def test_a_deal_is_changed_as_whoever_pressed(
    acting: Acting, do: str, fields: dict[str, Any], holds: dict[str, Any]
) -> None:
    acting.press(acting.ben, do, fields=fields)

    assert acting.work() == 1
    assert {key: acting.deal()[key] for key in holds} == holds
    assert acting.writes() == 1
    assert acting.states() == ["done"]
    assert acting.told() == []
    assert due_copies_of(acting.database, acting.tenant_id) == []  # no card of deal 1 is there


def test_a_claim_makes_it_theirs(acting: Acting) -> None:
    acting.home.crm.store.change("deal", 1, {"owner_id": 1}, ApiUser(1))
    acting.press(acting.ben, "deal.claim", present="1")
    acting.work()

    assert acting.deal()["owner_id"] == 2


def test_a_note_and_a_follow_up_are_added_in_their_name(acting: Acting) -> None:
    acting.press(acting.ben, "deal.note", fields={"content": "Hello &amp; more"})
    acting.press(acting.ben, "deal.activity", fields=MEETING)
    acting.work()

    (note,) = acting.home.crm.store.all("note")
    (activity,) = acting.home.crm.store.all("activity")
    assert (note["content"], note["user_id"], note["deal_id"]) == ("Hello &amp; more", 2, 1)
    assert (activity["subject"], activity["owner_id"], activity["deal_id"]) == ("Call Bob", 2, 1)
    assert [each.result_id for each in actions_of(acting.database, acting.tenant_id)] == ["1", "1"]


def test_leads_and_activities(acting: Acting) -> None:
    lead = acting.home.crm.store.create("lead", {"title": "Hot", "person_id": 1, "owner_id": 1}, ApiUser(1))
    todo = acting.home.crm.store.create("activity", {"subject": "Call"}, ApiUser(1))
    acting.press(acting.ben, "lead.claim", lead["id"], entity="lead", present="1")
    acting.press(acting.ben, "activity.done", todo["id"], entity="activity", fields={"done": True})
    acting.work()

    assert acting.home.crm.store.get("lead", lead["id"])["owner_id"] == 2
    assert acting.home.crm.store.get("activity", todo["id"])["done"] is True


def test_of_two_who_press_at_once_one_writes_and_the_other_needs_notice(acting: Acting) -> None:
    acting.press_at_once()
    acting.work()

    assert acting.writes() == 1
    assert acting.states() == ["done", "overtaken"]
    ((title, words),) = acting.told()
    assert title == "Somebody was first"
    assert words == "Globex renewal: Ada was faster, so nothing was written. It is won now."


def test_a_claim_does_not_take_what_somebody_took_in_pipedrive_meanwhile(acting: Acting) -> None:
    acting.home.crm.store.change("deal", 1, {"owner_id": 2}, ApiUser(2))
    acting.press(acting.ada, "deal.claim", present="")
    acting.work()

    assert acting.deal()["owner_id"] == 2
    assert acting.writes() == 0
    (made,) = actions_of(acting.database, acting.tenant_id)
    assert (made.state, made.fields) == ("overtaken", {"owner_id": 2})
    assert acting.told()[0][0] == "Somebody was first"


def test_what_holds_already_is_not_written_again(acting: Acting) -> None:
    acting.home.crm.store.change("deal", 1, {"status": "won"}, ApiUser(1))
    acting.press(acting.ada)
    acting.work()

    assert (acting.states(), acting.writes()) == (["done"], 0)


@pytest.mark.parametrize("do", ["deal.won", "deal.note", "deal.activity"])
def test_a_worker_killed_after_its_write_leaves_no_second_one(
    acting: Acting, do: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    fields = {"deal.note": {"content": "Hi<br>there"}, "deal.activity": MEETING}.get(do, {"status": "won"})
    acting.press(acting.ben, do, fields=fields)
    with monkeypatch.context() as killed:
        killed.setattr(write, "finish_action", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            acting.writer.step()
    assert acting.states() == ["writing"]
    assert acting.work() == 0, "its lease still holds"
    acting.make_due()
    acting.work()

    method, path = {
        "deal.won": ("PATCH", "/api/v2/deals/1"),
        "deal.note": ("POST", "/v1/notes"),
        "deal.activity": ("POST", "/api/v2/activities"),
    }[do]
    assert acting.home.asked(method, path) == 1
    assert acting.states() == ["done"]


def test_a_worker_killed_before_its_write_loses_nothing(
    acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    acting.press(acting.ben)
    with monkeypatch.context() as killed:
        killed.setattr(write, "perform", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            acting.writer.step()
    acting.make_due()
    acting.work()

    assert (acting.states(), acting.writes(), acting.deal()["status"]) == (["done"], 1, "won")


@pytest.mark.parametrize(("do", "path"), [("deal.won", "/api/v2/deals/1"), ("deal.note", "/v1/notes")])
def test_an_unclear_answer_is_looked_up_before_anything_is_written(
    acting: Acting, do: str, path: str
) -> None:
    fields = {"content": "Hi"} if do == "deal.note" else {"status": "won"}
    acting.press(acting.ben, do, fields=fields)
    method = "POST" if do == "deal.note" else "PATCH"
    if do == "deal.won":
        acting.home.crm.faults.order(Fault(where=path))  # the read before it
    acting.home.crm.faults.order(Fault(where=path, drop=True))
    acting.writer.step()
    assert acting.states() == ["pending"]
    acting.make_due()
    acting.work()

    assert acting.home.asked(method, path) == 1
    assert acting.states() == ["done"]


def test_a_pipedrive_that_is_away_is_tried_again_and_at_last_the_person_needs_notice(acting: Acting) -> None:
    acting.home.crm.faults.order(Fault(times=99, where="/api/v2/deals/1", status=503))
    acting.press(acting.ada)
    for _ in range(write.MOST_ATTEMPTS):
        acting.writer.step()
        acting.make_due()

    assert acting.states() == ["failed"]
    ((title, words),) = acting.told()
    assert title == "It was not written to Pipedrive"
    assert words.startswith("Globex renewal: ")
    assert acting.work() == 0


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_refusal_needs_notice_to_the_person_alone(acting: Acting, status: int) -> None:
    acting.home.crm.faults.order(Fault(where="/api/v2/deals/1", status=status))
    acting.press(acting.ada)
    acting.work()

    assert acting.states() == ["failed"]
    assert len(acting.told()) == 1
    assert acting.press(acting.ada).value == "recorded", "it can be pressed again"


def test_an_ended_connection_lets_the_press_wait_and_says_so(acting: Acting) -> None:
    acting.home.crm.oauth.uninstall()
    acting.press(acting.ada)
    acting.work()

    assert acting.states() == ["waiting"]
    assert acting.told()[0][0] == "Please connect yourself again"


def test_whoever_connected_the_company_needs_no_second_consent(acting: Acting) -> None:
    acting.home.change(connected_by="carl@acts.test", user_id="1")
    carl = add_person(acting.database, acting.tenant_id, "Carl", None, role="admin")
    acting.press(carl, "deal.claim", number=2, present="2")
    acting.work()

    assert acting.deal(2)["owner_id"] == 1
    assert acting.home.all_of(PersonalConnection)[-1].user_id != carl.user_id


def test_what_waited_for_a_connection_needs_notice_when_it_is_done(acting: Acting) -> None:
    acting.press(acting.ada)
    (made,) = actions_of(acting.database, acting.tenant_id)
    with acting.database.writing(acting.tenant_id) as session:
        session.merge(made).needs_notice = True
    acting.work()

    assert acting.told() == [("Done", "Globex renewal: you marked it as won.")]


@pytest.mark.parametrize(
    ("entity", "of"), [("person", "person_id"), ("organization", "org_id"), ("deal", "deal_id")]
)
def test_a_note_is_about_its_record_and_changes_with_what_its_author_wrote(
    acting: Acting, entity: str, of: str
) -> None:
    acting.press(acting.ben, f"{entity}.note", 1, entity=entity, fields={"content": "First"})
    acting.work()
    change = {"content": "Second", "made_id": "1"}
    acting.press(acting.ben, f"{entity}.note_change", 1, entity=entity, fields=change)
    acting.work()

    (note,) = acting.home.crm.store.all("note")
    assert (note["content"], note[of], note["user_id"]) == ("Second", 1, 2)
    assert acting.states() == ["done", "done"]


def test_a_planned_activity_moves_with_what_its_author_wrote(acting: Acting) -> None:
    acting.press(acting.ben, "organization.activity", 1, entity="organization", fields=MEETING)
    acting.work()
    change = {"subject": "Call Jana", "due_date": "2026-12-03", "made_id": "1"}
    acting.press(acting.ben, "organization.activity_change", 1, entity="organization", fields=change)
    acting.work()

    (activity,) = acting.home.crm.store.all("activity")
    assert (activity["subject"], activity["due_date"]) == ("Call Jana", "2026-12-03")
    assert (activity["org_id"], activity["owner_id"]) == (1, 2)


def test_in_staging_nothing_is_written_and_whoever_pressed_reads_why(acting: Acting) -> None:
    acting.press(acting.ben)
    acting.home.to_staging("12345")
    acting.writer = write.CardActionWriter(acting.database, acting.home.pipedrive)
    assert acting.work() == 1
    assert (acting.states(), acting.writes(), acting.home.crm.oauth.refreshes) == (["failed"], 0, 0)
    ((_, words),) = acting.told()
    assert "This is a staging installation, for tests." in words


def test_in_staging_the_company_that_is_listed_is_written_as_usual(acting: Acting) -> None:
    acting.press(acting.ben)
    acting.home.to_staging("acme.pipedrive.com")
    acting.writer = write.CardActionWriter(acting.database, acting.home.pipedrive)
    acting.work()
    assert (acting.states(), acting.writes()) == (["done"], 1)
