"""An organization is made once, in the name of whoever asked, where Pipedrive has none of its name."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from jobs.card_actions.new_organization import THERE_IS_ONE
from jobs.card_actions.write import CardActionWriter
from jobs.to_pipedrive.errors import DailyQuotaUsed, Unsure
from jobs.to_pipedrive.http import PipedriveWire
from models.accounts.actor import Actor
from models.card_actions.records import WHY
from models.clock import now
from models.connections import api_usage
from models.leads.new_organization import create_organization, notify_later
from models.tables import CardAction, PersonalConnection
from tests.jobs.card_actions.conftest import Acting
from tests.jobs.card_actions.test_lead_writes import all_of, go_on
from tests.models.acting import actions_of
from tests.models.killed import at_every_step, run_killed
from tests.models.leads.known import hear
from web.playground.faults import Fault
from web.playground.pipedrive.rest import CrmRest, one
from web.playground.pipedrive.store import ApiUser


def ask(acting: Acting, name: str = "Sprocket", actor: Actor | None = None, owner_id: str = "") -> int:
    with acting.database.writing(acting.tenant_id) as session:
        return create_organization(session, actor or acting.ben, name, owner_id, uuid4().hex).id


def add(acting: Acting, name: str, **fields: Any) -> str:
    made = acting.home.crm.store.create("organization", {"name": name, **fields}, ApiUser(1))
    return str(made["id"])


def named(acting: Acting, name: str) -> list[dict[str, Any]]:
    return [each for each in all_of(acting, "organization") if each["name"] == name]


def ends(acting: Acting) -> list[tuple[str, str, str]]:
    """Return of each action its state, what it made or found, and what stopped it."""
    return [
        (each.state, each.result_id, each.fields.get(WHY, ""))
        for each in actions_of(acting.database, acting.tenant_id)
    ]


def test_a_free_name_is_made_as_whoever_asked(acting: Acting) -> None:
    ask(acting, "  Sprocket \n Corp ")
    acting.work()

    (made,) = named(acting, "Sprocket Corp")
    assert made["owner_id"] == 2
    assert ends(acting) == [("done", str(made["id"]), "")]


def test_it_is_made_for_the_owner_that_was_chosen(acting: Acting) -> None:
    ask(acting, owner_id="1")
    acting.work()
    assert [each["owner_id"] for each in named(acting, "Sprocket")] == [1]


@pytest.mark.parametrize(("there", "asked"), [("Sprocket Corp", " sPROCKET   corp"), ("X", "x")])
def test_a_name_is_taken_whatever_its_case_and_white_space(acting: Acting, there: str, asked: str) -> None:
    known = add(acting, there)
    ask(acting, asked)
    acting.work()

    assert ends(acting) == [("overtaken", known, "EXISTS")]
    assert max(int(each["id"]) for each in all_of(acting, "organization")) == int(known)


def test_a_name_that_is_part_of_another_one_is_free(acting: Acting) -> None:
    add(acting, "Sprocket Corp")
    ask(acting, "Sprocket")
    acting.work()
    assert len(named(acting, "Sprocket")) == 1


def test_one_that_the_person_may_not_see_is_taken_without_its_id(acting: Acting) -> None:
    add(acting, "Sprocket", owner_id=1, visible_to="1")
    ask(acting)
    acting.work()

    assert ends(acting) == [("overtaken", "", "EXISTS")]
    assert [each.problem for each in actions_of(acting.database, acting.tenant_id)] == [THERE_IS_ONE]
    assert len(named(acting, "Sprocket")) == 1


def test_what_pipedrive_told_of_counts_only_if_it_is_still_there(acting: Acting) -> None:
    """The white space within is Pipedrive's own, so that an exact search does not find it."""
    spaced, gone = add(acting, "Sprocket  Corp"), add(acting, "Widgetry")
    for number, name in ((spaced, "Sprocket  Corp"), (gone, "Widgetry")):
        hear(acting.database, acting.tenant_id, int(number), entity="organization", name=name)
    acting.home.crm.store.delete("organization", int(gone), ApiUser(1))
    ask(acting, "Sprocket Corp")
    ask(acting, "Widgetry")
    go_on(acting)

    assert ends(acting)[0] == ("overtaken", spaced, "EXISTS")
    assert ends(acting)[1][0] == "done"


def test_of_two_who_ask_at_once_one_makes_it(acting: Acting, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even while Pipedrive's search does not find yet what is new."""
    monkeypatch.setattr(CrmRest, "search", lambda *_: one({"items": []}))
    first, second = ask(acting), ask(acting, "sprocket", acting.ada)
    assert first != second
    go_on(acting)

    (made,) = named(acting, "Sprocket")
    assert sorted(ends(acting)) == [("done", str(made["id"]), ""), ("overtaken", str(made["id"]), "EXISTS")]


def test_a_worker_that_is_killed_at_any_step_makes_no_second_one(acting: Acting) -> None:
    dies = CardActionWriter(acting.database, acting.home.pipedrive)

    def scenario(step: int) -> bool:
        name = f"Sprocket {step}"
        ask(acting, name)
        has_died = run_killed(step, dies.step, ((PipedriveWire, "_send"),))
        acting.make_due()
        go_on(acting)
        assert len(named(acting, name)) == 1
        assert {each[0] for each in ends(acting)} == {"done"}
        return has_died

    assert at_every_step(scenario) >= 4


def test_a_write_whose_answer_was_lost_is_found_again(
    acting: Acting, monkeypatch: pytest.MonkeyPatch
) -> None:
    send = PipedriveWire.call

    def lose(self: PipedriveWire, call: Any, *args: Any) -> Any:
        answer = send(self, call, *args)
        if call.method == "POST":
            raise Unsure("the connection broke")
        return answer

    ask(acting)
    with monkeypatch.context() as lost:
        lost.setattr(PipedriveWire, "call", lose)
        acting.work()
    assert acting.states() == ["pending"]
    go_on(acting)

    (made,) = named(acting, "Sprocket")
    assert ends(acting) == [("done", str(made["id"]), "")]


def test_without_calls_it_ends_at_once_and_says_so(acting: Acting) -> None:
    with acting.database.writing(acting.tenant_id) as session:
        api_usage.spend(session, acting.tenant_id, now().date(), 1_000_000)
    ask(acting)
    acting.work()

    assert ends(acting) == [("failed", "", "PIPEDRIVE_QUOTA_USED")]
    assert actions_of(acting.database, acting.tenant_id)[0].problem == DailyQuotaUsed.user_message


def test_without_a_connection_it_ends_at_once_and_says_so(acting: Acting) -> None:
    ask(acting)
    with acting.database.writing(acting.tenant_id) as session:
        forgotten = {"refresh_token": None, "access_token": None}
        mine = PersonalConnection.tenant_id == acting.tenant_id
        session.execute(update(PersonalConnection).where(mine).values(forgotten))
    acting.work()
    assert ends(acting) == [("failed", "", "NOT_CONNECTED")]


@pytest.mark.parametrize(
    ("status", "why"),
    [(400, "PIPEDRIVE_REFUSED"), (403, "PIPEDRIVE_FORBIDDEN"), (500, "PIPEDRIVE_UNAVAILABLE")],
)
def test_what_pipedrive_does_not_do_ends_with_a_code(acting: Acting, status: int, why: str) -> None:
    ask(acting)
    acting.home.crm.faults.order(Fault(times=99, where="/api/v2/organizations", status=status))
    go_on(acting)

    assert ends(acting) == [("failed", "", why)]
    assert named(acting, "Sprocket") == []


@pytest.mark.parametrize("is_taken", [False, True])
def test_who_waits_no_longer_is_told_how_it_ended(acting: Acting, *, is_taken: bool) -> None:
    if is_taken:
        add(acting, "Sprocket")
    number = ask(acting)
    with acting.database.writing(acting.tenant_id) as session:
        assert notify_later(session, acting.tenant_id, number)
    acting.work()
    with acting.database.writing(acting.tenant_id) as session:
        assert not notify_later(session, acting.tenant_id, number)

    assert acting.states() == ["overtaken" if is_taken else "done"]


def test_who_was_answered_is_told_nothing_more(acting: Acting) -> None:
    add(acting, "Sprocket")
    ask(acting)
    acting.work()
    with acting.database.reading(acting.tenant_id) as session:
        assert session.query(CardAction).filter(CardAction.needs_notice).count() == 0


def test_in_staging_it_ends_at_once_and_says_so(acting: Acting) -> None:
    ask(acting)
    acting.home.to_staging()
    acting.writer = CardActionWriter(acting.database, acting.home.pipedrive)
    acting.work()
    (row,) = actions_of(acting.database, acting.tenant_id)
    assert (row.state, row.fields[WHY]) == ("failed", "STAGING")
    assert "Sprocket" not in [each["name"] for each in acting.home.crm.store.all("organization")]
