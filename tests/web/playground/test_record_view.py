"""A record's page has names for ids, and what hangs on it; what is gone is said in words."""

import re

import pytest

from web.playground.pipedrive.actions import CrmActions
from web.playground.pipedrive.consequences import CrmError
from web.playground.pipedrive.seed import seed
from web.playground.pipedrive.store import ApiUser, CrmStore
from web.playground.record_view import view_of

ADA = ApiUser(1)


@pytest.fixture
def store() -> CrmStore:
    made = CrmStore()
    seed(made)
    return made


def test_a_deal_shows_names_custom_fields_and_what_hangs_on_it(store: CrmStore) -> None:
    do = CrmActions(store)
    priority = store.custom_fields["deal"][0]
    store.change("deal", 1, {"custom_fields": {priority.code: 3}}, ADA)
    do.create_note(ADA, "They asked for a discount", deal_id=1)
    call = do.create_activity(ADA, "Call Grace", type="call", deal_id=1, due_date="2026-12-01")
    do.create_activity(ADA, "Of another deal", deal_id=2)
    view = view_of(store, "deal", "1")
    rows = dict(view["rows"])
    assert view["title"] == "Globex renewal"
    assert (rows["Owner"], rows["Stage"], rows["Organization"]) == ("Ada Lovelace", "Contact made", "Globex")
    assert (rows["Value"], rows["Priority"]) == ("12000", "High")
    assert re.fullmatch(r"20\d\d-\d\d-\d\d \d\d:\d\d UTC", rows["Created"])
    assert view["parts"] == [
        ["Note", "They asked for a discount"],
        ["Call, due 2026-12-01", "Call Grace"],
    ]
    do.finish_activity(ADA, call["id"])
    assert ["Call, done", "Call Grace"] in view_of(store, "deal", "1")["parts"]


def test_a_person_and_a_product_show_their_addresses_and_prices(store: CrmStore) -> None:
    do = CrmActions(store)
    person = do.create_person(ADA, "Mia Novak", email="mia@example.com", phone="+420 1", org_name="Globex")
    product = do.create_product(ADA, "Licence", price=490, currency="CZK", code="L1")
    rows = dict(view_of(store, "person", str(person["id"]))["rows"])
    assert (rows["Emails"], rows["Phones"], rows["Organization"]) == ("mia@example.com", "+420 1", "Globex")
    assert dict(view_of(store, "product", str(product["id"]))["rows"])["Prices"] == "490 CZK"


@pytest.mark.parametrize(
    ("entity", "key", "words"),
    [
        ("deal", "2", "It was deleted in Pipedrive."),
        ("deal", "99", "There is no such page in this Pipedrive."),
        ("", "", "There is no such page in this Pipedrive."),
        ("nothing", "1", "There is no such page in this Pipedrive."),
    ],
)
def test_what_is_not_there_is_said(store: CrmStore, entity: str, key: str, words: str) -> None:
    store.delete("deal", 2, ADA)
    with pytest.raises(CrmError) as refused:
        view_of(store, entity, key)
    assert str(refused.value) == words
