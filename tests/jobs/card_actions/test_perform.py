"""Before every write it is looked what holds: what is there is not written, what somebody took is left."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from jobs.card_actions.perform import Outcome, Overtaken, Written, perform
from jobs.card_actions.write import LEASE
from models.card_actions.work import ClaimedAction
from models.clock import now
from models.connections.queries import OwnGrant
from tests.jobs.pipedrive_talk import talking


def action(do: str, **more: Any) -> ClaimedAction:
    usual: dict[str, Any] = {
        "id": 1,
        "tenant_id": 1,
        "user_id": 1,
        "token": "t",
        "entity": "deal",
        "object_id": "7",
    }
    usual |= {"slot": "", "fields": {}, "expected": None, "created_at": now(), "attempts": 1}
    usual |= {"lease_until": now() + LEASE}
    return ClaimedAction(do=do, grant=OwnGrant(1, "2"), **usual | more)


def ask(claimed: ClaimedAction, state: dict[str, Any]) -> tuple[Outcome, list[str]]:
    """What becomes of an action while Pipedrive holds a state; and the methods that were called."""
    with talking(lambda _: {"data": state}) as (api, asked):
        done = perform(api, claimed)
    return done, [request.method for request in asked]


WIN: dict[str, Any] = {"slot": "status", "fields": {"status": "won"}, "expected": "open"}


def test_a_win_is_written_on_an_open_deal() -> None:
    assert ask(action("deal.won", **WIN), {"status": "open"}) == (Written(), ["GET", "PATCH"])


def test_a_deal_that_was_lost_meanwhile_is_not_won() -> None:
    assert ask(action("deal.won", **WIN), {"status": "lost"}) == (Overtaken("lost"), ["GET"])


def test_what_is_so_already_is_left() -> None:
    assert ask(action("deal.won", **WIN), {"status": "won"}) == (Written(was_there=True), ["GET"])


@pytest.mark.parametrize(
    ("present", "expected", "wins"),
    [
        (None, "", True),
        (0, "", True),
        (5, "5", True),
        ({"id": 5}, "5", True),
        (5, "", False),
        (6, "5", False),
    ],
)
def test_a_claim_is_only_for_whoever_saw_the_present_owner(
    present: Any, expected: str, *, wins: bool
) -> None:
    claim = action("deal.claim", slot="owner_id", fields={"owner_id": 2}, expected=expected)
    done, _ = ask(claim, {"owner_id": present})
    assert isinstance(done, Written) is wins


def test_who_chooses_a_stage_means_it_whatever_held_before() -> None:
    move = action("deal.move", slot="stage_id", fields={"stage_id": 3}, expected="")
    assert ask(move, {"stage_id": 9}) == (Written(), ["GET", "PATCH"])


def test_a_first_attempt_does_not_look_for_its_note() -> None:
    note = action("deal.note", fields={"content": "Hi"})
    assert ask(note, {"id": 5}) == (Written("5"), ["POST"])


@pytest.mark.parametrize(
    ("there", "is_found"),
    [
        ({"id": 9, "content": "<p>Hi</p>", "user_id": 2}, True),
        ({"id": 9, "content": "Hi", "user_id": 3}, False),
        ({"id": 9, "content": "Other", "user_id": 2}, False),
        ({"id": 9, "content": "Hi", "user_id": 2, "add_time": "2020-01-01 00:00:00"}, False),
    ],
    ids=["theirs", "of somebody else", "another text", "from long ago"],
)
def test_a_repeat_looks_for_its_note_first(there: dict[str, Any], *, is_found: bool) -> None:
    def answer(request: httpx.Request) -> dict[str, Any]:
        return {"data": [there]} if request.method == "GET" else {"data": {"id": 10}}

    with talking(answer) as (api, asked):
        done = perform(api, action("deal.note", fields={"content": "Hi"}, attempts=2))
    assert done == (Written("9", was_there=True) if is_found else Written("10"))
    assert len(asked) == (1 if is_found else 2)
