"""Who may see a record."""

import pytest

from web.playground.pipedrive.seed import seed
from web.playground.pipedrive.sight import seers, sees
from web.playground.pipedrive.store import ApiUser, CrmStore

PEOPLE = (("Ada", "ada@example.com"), ("Ben", "ben@example.com"), ("Cy", "cy@example.com"))


@pytest.fixture
def store() -> CrmStore:
    made = CrmStore()
    seed(made, PEOPLE)
    return made


@pytest.mark.parametrize(
    ("visible_to", "owner", "expected"),
    [("3", 3, [1, 2, 3]), ("7", 3, [1, 2, 3]), ("1", 3, [1, 3]), ("5", 2, [1, 2]), ("1", 1, [1])],
)
def test_a_deal_is_seen_by_everybody_or_by_owner_and_administrators(
    store: CrmStore, visible_to: str, owner: int, expected: list[int]
) -> None:
    deal = store.change("deal", 1, {"visible_to": visible_to, "owner_id": owner}, ApiUser(1))
    assert seers(store, "deal", deal) == expected
    assert sees(store, 2, "deal", deal) is (2 in expected)


def test_what_hangs_on_a_hidden_deal_is_hidden(store: CrmStore) -> None:
    store.change("deal", 1, {"visible_to": "1", "owner_id": 3}, ApiUser(1))
    note = store.create("note", {"content": "x", "deal_id": 1}, ApiUser(1))
    free = store.create("activity", {"subject": "x"}, ApiUser(1))
    assert seers(store, "note", note) == [1, 3]
    assert seers(store, "activity", free) == [1, 2, 3]


def test_who_has_left_sees_nothing(store: CrmStore) -> None:
    store.change("user", 2, {"active_flag": False}, ApiUser(1))
    assert seers(store, "deal", store.get("deal", 1)) == [1, 3]
