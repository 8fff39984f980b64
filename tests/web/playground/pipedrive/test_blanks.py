"""New records of every kind, and their form in webhooks."""

import json
from typing import Any

import pytest

from tests.models.pipedrive.webhook import SAMPLES
from web.playground.pipedrive.blanks import BLANKS, UNTOLD, as_webhook_body, plain_time
from web.playground.pipedrive.store import ApiUser, CrmStore

PUBLISHED = sorted(
    {"activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user"}
)
# The samples are of 2022; these came since, as the changelog says.
SINCE = {
    "deal": {"is_archived", "archive_time"},
    "organization": {"label_ids", "website", "linkedin", "industry", "annual_revenue", "employee_count"},
    "person": {"label_ids"},
}


@pytest.mark.parametrize("entity", PUBLISHED)
def test_a_blank_has_what_the_published_body_has(entity: str) -> None:
    if not SAMPLES.is_dir():
        pytest.skip(f"NO SAMPLES: {SAMPLES} is absent, so no published body was compared")
    published: dict[str, Any] = json.loads((SAMPLES / f"v2_docs_create_{entity}.json").read_text())["data"]
    blank = {**BLANKS[entity], "id": 1, "add_time": "2026-01-01T10:00:00Z", "update_time": None}
    shown = as_webhook_body(entity, blank | {"update_time": "2026-01-01T10:00:00Z"})
    assert shown is not None
    assert shown.keys() - SINCE.get(entity, set()) == published.keys()


def test_nothing_needs_notice_of_nothing() -> None:
    assert as_webhook_body("deal", None) is None


def test_what_is_kept_back_is_known_to_the_record() -> None:
    kept = {(entity, name) for entity, names in UNTOLD.items() for name in names}
    times = {("user", "add_time"), ("user", "update_time")}
    assert all(name in BLANKS[entity] for entity, name in kept - times)


def test_times_of_users_have_another_form() -> None:
    store = CrmStore()
    made = store.create("user", {"name": "Ada", "email": "ada@example.com"}, ApiUser(1))
    assert plain_time("2026-11-21T10:00:00Z") == "2026-11-21 10:00:00"
    assert (as_webhook_body("user", made) or {})["created"] == plain_time(made["add_time"])
