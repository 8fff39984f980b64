"""The initial company's records are consistent, and cause no events."""

from typing import Any

from web.playground.pipedrive.seed import seed
from web.playground.pipedrive.store import CrmStore


def test_the_furniture_fits_together_and_tells_nobody() -> None:
    store, told = CrmStore(), list[Any]()
    store.listeners.append(told.append)
    seed(store)
    deals = store.all("deal")
    assert told == []
    assert len(deals) == 5
    for deal in deals:
        assert deal["pipeline_id"] == store.get("stage", deal["stage_id"])["pipeline_id"]
        assert store.name("organization", deal["org_id"])
        assert store.name("person", deal["person_id"])
        assert store.name("user", deal["owner_id"])


def test_stages_stand_in_their_order() -> None:
    store = CrmStore()
    seed(store)
    assert [stage["name"] for stage in store.stages(2)] == ["Due", "Offer sent", "Confirmed"]
    assert [stage["order_nr"] for stage in store.stages(1)] == [1, 2, 3, 4, 5]
