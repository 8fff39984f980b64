"""Objects are found by their number and by words of their title; nobody finds what they may not see."""

from __future__ import annotations

import unicodedata

import pytest

from models.database.engine import Database
from models.rules.why.find import find_by_id, find_by_words, newest, pattern
from models.tables import KnownName
from models.tables.accounts import Role
from tests.conftest import TwoTenants
from tests.models.rows import add
from tests.models.rules.why.asked import (
    add_delivery,
    add_event,
    add_people,
    add_place,
    add_rule,
    body_of,
    person,
)


def titles(database: Database, tenant_id: int, words: str, entity: str = "deal") -> list[str]:
    asking = person(database, tenant_id, name=f"{entity}{words[:60]}@acme.test")
    with database.reading(tenant_id) as session:
        return [each.title for each in find_by_words(session, asking, entity, words)]


def add_deal(database: Database, tenant_id: int, number: int, title: str, *, is_known: bool = True) -> int:
    if is_known:
        add(database, KnownName(tenant_id=tenant_id, kind="deal", key=str(number), text=title))
    return add_event(database, tenant_id, body_of(number, title=title))


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Globex renewal", "renewal globex"),
        ("Globex renewal", "GLOB"),
        ("Müller GmbH", "MÜLLER"),
        ("Müller GmbH", unicodedata.normalize("NFD", "müller gmbh")),
        (unicodedata.normalize("NFD", "Café Zürich"), "zürich café"),
        ("Straße 5", "strasse"),
        ("STRASSE 5", "straße"),
        ("İstanbul deal", "istanbul"),
        ("O'Brien\u2019s boat", "obriens"),
        ("100% organic_food", "100% organic_"),
        ("日本の取引", "取引"),
        ("Łódź", "łódź"),
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_words_are_found_in_any_order_case_and_composition(
    database: Database, tenants: TwoTenants, title: str, words: str, is_known: bool
) -> None:
    add_deal(database, tenants.ours, 1, title, is_known=is_known)
    add_deal(database, tenants.ours, 2, "Something else", is_known=is_known)
    add_deal(database, tenants.theirs, 3, title, is_known=is_known)

    assert titles(database, tenants.ours, words) == [title]


@pytest.mark.parametrize("words", ["", "   ", "nothing like it", "%", "_", "\\"])
def test_what_no_title_has_is_not_found(database: Database, tenants: TwoTenants, words: str) -> None:
    add_deal(database, tenants.ours, 1, "Globex renewal")
    assert titles(database, tenants.ours, words) == []


def test_the_newest_event_of_each_object_is_found_newest_first(
    database: Database, tenants: TwoTenants
) -> None:
    add_deal(database, tenants.ours, 1, "Globex one")
    second = add_deal(database, tenants.ours, 2, "Globex two")
    last = add_event(database, tenants.ours, body_of(1, title="Globex one"))
    ada = person(database, tenants.ours)
    with database.reading(tenants.ours) as session:
        assert [each.event_id for each in find_by_words(session, ada, "deal", "globex")] == [last, second]
        assert find_by_id(session, ada, "deal", "1") == last
        assert find_by_id(session, ada, "lead", "1") is None
        assert find_by_id(session, ada, "deal", "9" * 300) is None


def test_other_things_are_found_by_their_kind(database: Database, tenants: TwoTenants) -> None:
    add_event(database, tenants.ours, body_of(5, entity="lead", action="create", title="Big fish"))
    assert titles(database, tenants.ours, "fish", "lead") == ["Big fish"]
    assert titles(database, tenants.ours, "fish") == []


def test_a_renamed_deal_is_found_by_its_name_of_today(database: Database, tenants: TwoTenants) -> None:
    add_event(database, tenants.ours, body_of(1, title="Old name"))
    add_deal(database, tenants.ours, 1, "New name")
    assert titles(database, tenants.ours, "new") == ["New name"]


def test_many_that_fit_are_the_newest_eight(database: Database, tenants: TwoTenants) -> None:
    for number in range(12):
        add_deal(database, tenants.ours, number, f"Globex {number}")
    assert titles(database, tenants.ours, "globex") == [f"Globex {number}" for number in range(11, 3, -1)]


def test_a_restricted_title_is_found_by_who_may_see_it_alone(database: Database, tenants: TwoTenants) -> None:
    add_people(database, tenants.ours, "1", "2")
    add(database, KnownName(tenant_id=tenants.ours, kind="deal", key="1", text="Falcon"))
    add_event(database, tenants.ours, body_of(1, title="Falcon", seen_by=["1"]))
    for role, pipedrive, finds in (
        (Role.ADMIN, None, 0),
        (Role.SALES_REP, "2", 0),
        (Role.SALES_REP, "1", 1),
        (Role.ADMIN, "1", 1),
    ):
        asking = person(database, tenants.ours, role, pipedrive=pipedrive, name=f"{role}{pipedrive}@x.test")
        with database.reading(tenants.ours) as session:
            assert len(find_by_words(session, asking, "deal", "falcon")) == finds
            assert len(newest(session, asking, "deal")) == finds


def test_a_guest_finds_what_the_space_has_shown(database: Database, tenants: TwoTenants) -> None:
    to = add_place(database, tenants.ours)
    shown = add_deal(database, tenants.ours, 1, "Globex shown")
    add_deal(database, tenants.ours, 2, "Globex elsewhere")
    add_delivery(database, tenants.ours, shown, add_rule(database, tenants.ours, "Wins", to), to)
    guest = person(database, tenants.ours, None)
    with database.reading(tenants.ours) as session:
        assert [each.event_id for each in find_by_words(session, guest, "deal", "globex")] == [shown]


@pytest.mark.parametrize(
    ("word", "like"),
    [("globex", "%globex%"), ("müller", "%m%%ller%"), ("strasse", "%stra%e%"), ("a_b\\", "%a\\_b\\\\%")],
)
def test_patterns_leave_open_what_databases_fold_differently(word: str, like: str) -> None:
    assert pattern(word) == like
