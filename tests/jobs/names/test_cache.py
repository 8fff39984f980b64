"""Cached names: looked up once, by tenant, replaced at once, and looked up again for a new option."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from jobs.names import cache
from jobs.names.cache import MOST_WAIT_S, NameCache
from models.clock import now
from models.connections.names import RENEW_AFTER
from models.database.engine import Database
from models.pipedrive.names import RESTRICTED, Name
from models.tables.connections import KnownName
from tests.changes import SIZE, told
from tests.conftest import TwoTenants
from tests.jobs.names.conftest import FIELD, OWNER, STAGE, Crm, deal_of, keep


def test_two_tenants_share_ids_and_no_names(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    keep(database, tenants.ours, STAGE, Name("Offer"))
    keep(database, tenants.theirs, STAGE, Name("Angebot"))

    found = [names.for_changes(each, [deal_of()]).text(*STAGE) for each in tenants]
    again = [names.for_changes(each, [deal_of()]).text(*STAGE) for each in tenants]

    assert found == again == ["Offer", "Angebot"]


def test_what_the_database_lacks_is_looked_up_once_with_a_timeout(
    tenants: TwoTenants, names: NameCache, crm: Crm
) -> None:
    crm.knows[OWNER] = Name("Ada")

    first, second = (names.for_changes(tenants.ours, [deal_of()]) for _ in range(2))

    assert first.text(*OWNER) == "Ada"
    assert STAGE not in first
    assert first == second
    assert len(crm.asked) == 1
    assert {OWNER, STAGE} <= crm.asked[0][1]
    assert crm.timeouts == {MOST_WAIT_S}


def test_what_the_database_has_is_not_looked_up(
    database: Database, tenants: TwoTenants, names: NameCache, crm: Crm
) -> None:
    keep(database, tenants.ours, OWNER, Name("Ada"))
    names.for_changes(tenants.ours, [deal_of()])
    assert OWNER not in crm.asked[0][1]


def test_the_frequent_names_of_tenants_are_read_ahead_and_then_not_again(
    database: Database, tenants: TwoTenants, names: NameCache, crm: Crm
) -> None:
    for tenant_id, name in zip(tenants, ("Offer", "Angebot"), strict=True):
        keep(database, tenant_id, STAGE, Name(name))
        keep(database, tenant_id, OWNER, Name("Ada"))
    names.read_frequent(tenants)
    with database.writing_all() as session:
        session.execute(update(KnownName).values(text="changed since"))

    found = [names.for_changes(each, [deal_of()]) for each in tenants]

    assert [each.text(*STAGE) for each in found] == ["Offer", "Angebot"]
    assert [each.text(*OWNER) for each in found] == ["Ada", "Ada"]


def test_only_what_is_mentioned_is_given(database: Database, tenants: TwoTenants, names: NameCache) -> None:
    for number in ("7", "8", "9"):
        keep(database, tenants.ours, ("user", number), Name(f"User {number}"))
    found = names.for_changes(tenants.ours, [deal_of(owner=7), deal_of(owner=9)])
    assert set(found.of("user")) == {"7", "8", "9"}  # 8 is who did it
    assert set(names.for_changes(tenants.ours, [deal_of(owner=7)]).of("user")) == {"7", "8"}


def test_a_new_name_replaces_the_old_at_once_and_is_returned_once(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    keep(database, tenants.ours, OWNER, Name("Ada"))
    assert names.for_changes(tenants.ours, [deal_of()]).text(*OWNER) == "Ada"
    renamed = replace(told("user", previous={"name": "Ada"}, name="Ada Byron"), object_id="7")

    news = names.note_names([(tenants.ours, renamed)])

    assert news == {(tenants.ours, OWNER): Name("Ada Byron")}
    assert names.note_names([(tenants.ours, renamed)]) == {}
    assert names.for_changes(tenants.ours, [deal_of()]).text(*OWNER) == "Ada Byron"
    assert names.for_changes(tenants.theirs, [deal_of()]).text(*OWNER) is None


def test_an_unknown_option_is_looked_up_again(
    database: Database, tenants: TwoTenants, names: NameCache, crm: Crm
) -> None:
    keep(database, tenants.ours, FIELD, Name("Size", {"kind": "choice", "options": {"11": "Small"}}))
    crm.knows[FIELD] = Name("Size", {"kind": "choice", "options": {"11": "Small", "12": "Large"}})
    large = told("deal", "create", custom_fields={SIZE: {"type": "enum", "id": 12}})

    found = names.for_changes(tenants.ours, [large])

    assert found[FIELD].more["options"]["12"] == "Large"
    assert crm.asked[0][2] == {FIELD}


def test_names_are_read_again_after_their_minute(
    database: Database, tenants: TwoTenants, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEEP_S", 0.0)
    names = NameCache(database, crm)
    for called in ("Ada", "Ada Byron"):
        keep(database, tenants.ours, OWNER, Name(called))
        assert names.for_changes(tenants.ours, [deal_of()]).text(*OWNER) == called


def test_memory_is_bounded(
    database: Database, tenants: TwoTenants, names: NameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "MOST_KEPT", 20)
    for owner in range(100, 160):
        names.for_changes(tenants.ours, [deal_of(owner=owner)])
    assert len(names._kept) <= 30


def test_no_changes_ask_for_nothing(tenants: TwoTenants, names: NameCache, crm: Crm) -> None:
    assert names.for_changes(tenants.ours, []) == {}
    assert crm.asked == []


def test_the_name_of_what_is_restricted_is_marked_until_all_may_see_it(
    tenants: TwoTenants, names: NameCache
) -> None:
    new = told("deal", "create", title="Project Falcon")
    pair = (tenants.ours, ("deal", "42"))
    marked = Name("Project Falcon", {RESTRICTED: True})
    assert names.note_names([(tenants.ours, new)], lambda *_: True)[pair] == marked
    assert names.note_names([(tenants.ours, new)])[pair] == Name("Project Falcon")


def test_the_names_of_many_tenants_are_read_together_and_stay_apart(
    database: Database, tenants: TwoTenants, names: NameCache, crm: Crm, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(database, tenants.ours, OWNER, Name("Ada"))
    keep(database, tenants.ours, STAGE, Name("Offer"))
    keep(database, tenants.theirs, OWNER, Name("Bea"))
    names.read_ahead({each: [deal_of()] for each in tenants})
    with monkeypatch.context() as patch:
        patch.setattr(database, "reading_all", lambda: pytest.fail("they were read already"))
        assert names.for_changes(tenants.ours, [deal_of()]) == {OWNER: Name("Ada"), STAGE: Name("Offer")}
        assert names.for_changes(tenants.theirs, [deal_of()]) == {OWNER: Name("Bea")}
    assert [(each, STAGE in pairs, OWNER in pairs) for each, pairs, _ in crm.asked] == [
        (tenants.ours, False, False),
        (tenants.theirs, True, False),
    ]


def test_what_is_read_ahead_is_used_once(
    database: Database, tenants: TwoTenants, names: NameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "KEEP_S", 0.0)
    names.read_ahead({each: [deal_of()] for each in tenants})
    assert names.for_changes(tenants.ours, [deal_of()]) == {}
    keep(database, tenants.ours, OWNER, Name("Ada"))
    assert names.for_changes(tenants.ours, [deal_of()]) == {OWNER: Name("Ada")}


def test_other_changes_than_those_read_ahead_are_read(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    keep(database, tenants.ours, ("user", "9"), Name("Cai"))
    names.read_ahead({each: [deal_of()] for each in tenants})
    assert names.for_changes(tenants.ours, [deal_of(owner=9)]).text("user", 9) == "Cai"


def test_what_is_stored_replaces_no_name_that_an_event_has_just_brought(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    for each in tenants:
        keep(database, each, ("user", "42"), Name("Ada"))
    names.note_names([(tenants.ours, told("user", "change", name="Ada Byron"))])
    for _ in range(2):
        assert names.for_changes(tenants.ours, [deal_of(owner=42)]).text("user", 42) == "Ada Byron"
        assert names.for_changes(tenants.theirs, [deal_of(owner=42)]).text("user", 42) == "Ada"


def test_what_is_used_is_renewed_once_a_day_for_its_tenant(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    old = now() - RENEW_AFTER - timedelta(hours=1)
    for each in tenants:
        keep(database, each, OWNER, Name("Ada"))
        keep(database, each, ("user", "9"), Name("Cai"))
        with database.writing(each) as session:
            session.execute(update(KnownName).where(KnownName.tenant_id == each).values(fetched_at=old))
    names.read_ahead({tenants.ours: [deal_of()], tenants.theirs: []})
    names.for_changes(tenants.ours, [deal_of()])
    with database.reading_all() as session:
        is_new = KnownName.fetched_at > old
        renewed = session.execute(select(KnownName.tenant_id, KnownName.kind, KnownName.key).where(is_new))
        assert [tuple(row) for row in renewed] == [(tenants.ours, *OWNER)]
