"""Whatever step a worker is killed at while it writes to Pipedrive, the write is there exactly once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobs.card_actions.write import CardActionWriter
from jobs.to_pipedrive.http import PipedriveWire
from tests.jobs.card_actions.conftest import Acting
from tests.jobs.card_actions.test_lead_writes import add_lead, go_on, record_states_of
from tests.models.killed import at_every_step, run_killed
from web.playground.pipedrive.store import ApiUser


def add_deal(acting: Acting, **_: Any) -> str:
    return str(acting.home.crm.store.create("deal", {"title": "Lamps"}, ApiUser(1))["id"])


def add_known_lead(acting: Acting, **fields: Any) -> str:
    lead = add_lead(acting, **fields)
    record_states_of(acting, lead)
    return lead


def count_written(acting: Acting) -> int:
    """Count the writes that Pipedrive was asked for, whatever they were."""
    return sum(each[0] != "GET" and "oauth" not in each[1] for each in acting.home.crm.requests)


@pytest.mark.parametrize(
    ("do", "entity", "add", "fields"),
    [
        ("deal.fields", "deal", add_deal, {"value": 1500}),
        ("deal.fields", "deal", add_deal, {"value": 1500, "expected_close_date": "2027-03-01"}),
        ("lead.claim", "lead", add_known_lead, {"owner_id": 2}),
        ("lead.assign", "lead", add_known_lead, {"owner_id": 2}),
        ("lead.route", "lead", add_known_lead, {"owner_id": 2}),
        ("lead.convert", "lead", add_known_lead, {"title": "Fair"}),
    ],
)
def test_a_killed_write_is_there_once(
    acting: Acting, do: str, entity: str, add: Callable[..., str], fields: dict[str, Any]
) -> None:
    dies = CardActionWriter(acting.database, acting.home.pipedrive)

    def scenario(step: int) -> bool:
        number = add(acting)
        acting.press(acting.ben, do, number, entity=entity, fields=fields, present="1")
        before = count_written(acting)
        has_died = run_killed(step, dies.step, ((PipedriveWire, "_send"),))
        acting.make_due()
        go_on(acting)

        stored = acting.home.crm.store.get(entity, number)
        if do == "lead.convert":
            deals = [each for each in acting.home.crm.store.all("deal") if each["source_lead_id"] == number]
            assert len(deals) == 1
        else:
            assert {key: stored[key] for key in fields} == fields
        assert count_written(acting) - before == 1
        assert set(acting.states()) == {"done"}
        return has_died

    assert at_every_step(scenario) >= 3
