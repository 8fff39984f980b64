"""When a deal is a lead, and which types of a lead its changes have, for a team that chose its pipeline."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from models.pipedrive.change import Change
from models.pipedrive.deal_leads import (
    as_lead,
    deals_by_lead,
    is_lead_deal,
    is_same_source,
    lead_key,
    read_lead_key,
    source_of,
)
from models.pipedrive.signal import SCORED, STALLED, signal_body
from models.pipedrive.types import entities_of_rule, wants
from tests.models.pipedrive.webhook import known, v2

CHOSEN = frozenset({"5"})
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
OPEN = {"status": "open", "pipeline_id": 5, "owner_id": 1}


def change(action: str = "change", data: dict[str, Any] | None = None, **previous: Any) -> Change:
    return as_lead(known(v2(action=action, data={**OPEN, **(data or {})}, previous=previous or None)), CHOSEN)


@pytest.mark.parametrize(
    ("made", "types"),
    [
        (change("create"), ("lead.created",)),
        (change("create", {"pipeline_id": 6}), ()),
        (change("create", {"status": "won"}), ()),
        (change("create", {"source_lead_id": "3f1c"}), ("lead.updated",)),
        (change(title="Old"), ("lead.updated",)),
        (change(owner_id=2), ("lead.updated", "lead.assigned")),
        (change(pipeline_id=6), ("lead.created",)),
        (change(status="lost"), ("lead.updated",)),
        (change(data={"pipeline_id": 6}, pipeline_id=5), ("lead.updated", "lead.converted")),
        (change(data={"status": "won"}, status="open"), ("lead.updated", "lead.converted")),
        (change(data={"status": "lost"}, status="open"), ("lead.updated",)),
        (change(data={"pipeline_id": 6}, title="Old"), ()),
        (change("delete"), ("lead.deleted",)),
        (change("delete", {"status": "won"}), ()),
    ],
)
def test_a_change_of_a_deal_is_one_of_a_lead_where_it_is_or_was_one(
    made: Change, types: tuple[str, ...]
) -> None:
    assert made.lead_types == types
    assert made.every_type[: len(made.types)] == made.types


def test_where_no_pipeline_is_chosen_no_deal_is_a_lead() -> None:
    plain = known(v2(data=OPEN, previous={"title": "Old"}))
    assert as_lead(plain, ()) is plain
    assert not is_lead_deal(OPEN, ())
    assert is_lead_deal({**OPEN, "pipeline_id": {"id": 5}}, CHOSEN)


def test_wildcards_of_both_match_a_deal_that_is_a_lead() -> None:
    types = change("create").every_type
    assert [wants(on, types) for on in ("deal.*", "lead.*", "*", "lead.created", "lead.converted")] == [
        True,
        True,
        True,
        True,
        False,
    ]


def test_a_score_of_a_deal_is_one_of_a_lead_and_of_no_wildcard() -> None:
    body = signal_body(SCORED, "7", OPEN, NOON, key="k", company_id=None, seen_by=None, entity="deal")
    scored = as_lead(known(body), CHOSEN)
    assert (scored.entity, scored.types, scored.lead_types) == ("deal", (SCORED,), ())
    assert not any(wants(on, scored.every_type) for on in ("deal.*", "lead.*", "*"))
    stalled = signal_body(STALLED, "7", OPEN, NOON, key="k", company_id=None, seen_by=None)
    assert as_lead(known(stalled), CHOSEN).lead_types == ()


def test_rules_for_leads_are_about_deals_only_where_some_are_leads() -> None:
    assert entities_of_rule("lead.created", ()) == ("lead",)
    assert entities_of_rule("lead.created", CHOSEN) == ("lead", "deal")
    assert entities_of_rule(("deal.won", "lead.*"), CHOSEN) == ("deal", "lead")
    assert entities_of_rule("person.*", CHOSEN) == ("person",)


@pytest.mark.parametrize("entity", ["lead", "deal"])
def test_a_key_names_one_lead(entity: str) -> None:
    assert read_lead_key(lead_key(entity, "7")) == (entity, "7")
    assert read_lead_key("deal-x") == ("lead", "deal-x")


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("ManuallyCreated", "Manually created"),
        ("WebForms", "Web forms"),
        ("API", "API"),
        ("Import", "Import"),
        ("from our site", "from our site"),
        ("", ""),
        (None, ""),
    ],
)
def test_a_source_is_said_in_the_words_of_pipedrive(origin: str | None, words: str) -> None:
    state = {"origin": origin, "source_name": "Web form"}
    assert [source_of(each, state) for each in ("lead", "deal")] == ["Web form", words]
    assert is_same_source(origin or "", words)
    assert not is_same_source(words, "Prospector")


def named_by(deal_id: str, lead: str, added_at: str | None = None) -> tuple[str, dict[str, Any]]:
    return deal_id, {"source_lead_id": lead, "add_time": added_at}


@pytest.mark.parametrize("is_reversed", [False, True])
def test_of_several_deals_of_a_lead_the_newest_is_its_deal(*, is_reversed: bool) -> None:
    deals = [
        named_by("9", "added", "2026-11-20T10:00:00Z"),
        named_by("10", "added", "2026-11-20T12:00:00+01:00"),
        named_by("8", "added", "2026-11-20T09:00:00Z"),
        named_by("9", "numbered"),
        named_by("10", "numbered"),
        ("11", {"add_time": "2026-11-20T13:00:00Z"}),
    ]
    found = deals_by_lead(reversed(deals) if is_reversed else deals)

    assert found == {"added": "10", "numbered": "10"}
