"""Dumping a tenant: secrets are hidden unless requested, and loading the dump changes nothing."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.database.engine import Database
from models.destinations.quiet_hours import DAYS
from models.pipedrive.types import EVENT_TYPES
from models.rules_file import dump
from models.security.vault import Vault
from models.tables.destinations import Destination
from tests.documents import ACME, Loads, loader, refused, version


@pytest.fixture
def loads(database: Database, vault: Vault) -> Loads:
    return loader(database, vault)


def test_kept_needs_something_stored(loads: Loads) -> None:
    text = """tenant: New
pipedrive:
  company_id: 1
  webhook: {key: k, user: u, password: !kept}
  connection: {refresh_token: !kept}
destinations: [{name: x, incoming_webhook: !kept}]
"""
    problems = refused(loads, text)
    assert len(problems) == 3
    assert all("nothing yet" in problem for problem in problems)


def test_kept_secret_stays_while_the_rest_changes(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME)
    kept = dump(database, vault, "Acme", with_secrets=False).replace("user: pd", "user: pd2")
    assert loads(kept, dry_run=True) == ['~ pipedrive: webhook.user "pd" -> "pd2"']
    loads(kept)
    shown = dump(database, vault, "Acme", with_secrets=True)
    assert "s3cret" in shown
    assert "pd2" in shown


def test_dump_hides_secrets_and_shows_them_when_asked(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME)
    hidden, shown = (dump(database, vault, "Acme", with_secrets=each) for each in (False, True))
    for secret in ("s3cret", "r-token", "token=tt"):
        assert secret not in hidden
        assert secret in shown
    assert hidden.count("!kept") == 3


def test_secrets_are_closed_in_the_record(database: Database, loads: Loads) -> None:
    loads(ACME)
    with database.reading_all() as session:
        address = session.scalars(select(Destination.address).where(Destination.name == "Wins wall")).one()
    assert address.startswith("v1:test:")


TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30
).filter(lambda text: text.strip() == text)
VALUES = st.one_of(
    st.integers(-(10**12), 10**12),
    TEXTS,
    st.sampled_from(["1e5", "on", "null", "~", "19:00", "0x1f", "\u2028", "a\u0085b"]),
)
CONDITIONS = st.builds(
    lambda field, op, value: {"field": field, "op": op, "value": value},
    st.sampled_from(["title", "status"]),
    st.sampled_from(["is", "is_not", "contains"]),
    VALUES.map(str),
)
FILTERS = st.recursive(
    CONDITIONS,
    lambda inner: st.one_of(
        st.builds(lambda some: {"all": some}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda one: {"not": one}, inner),
    ),
    max_leaves=4,
)
RULES = st.lists(
    st.fixed_dictionaries(
        {
            "name": TEXTS,
            "on": st.lists(st.sampled_from(EVENT_TYPES[:3]), min_size=1, max_size=2, unique=True),
            "to": st.just(["spaces/A"]),
            "template": st.sampled_from(["compact", "detailed", {"liquid": "{{ deal.title }}"}]),
            "urgent": st.booleans(),
            "enabled": st.booleans(),
            "show_restricted": st.booleans(),
        },
        optional={"when": FILTERS},
    ),
    max_size=4,
    unique_by=lambda rule: rule["name"],
)
WINDOWS = st.lists(
    st.builds(
        lambda start, length, days: {
            "scope": "tenant",
            "from": f"{start:02}:00",
            "until": f"{(start + length) % 24:02}:00",
            "days": days,
            "timezone": "Europe/Prague",
        },
        st.integers(0, 23),
        st.integers(1, 23),
        st.sets(st.sampled_from(DAYS), min_size=1).map(sorted),
    ),
    max_size=2,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=RULES, windows=WINDOWS, title=TEXTS)
def test_dump_then_load_changes_nothing(
    database: Database, vault: Vault, loads: Loads, rules: list[object], windows: list[object], title: str
) -> None:
    document = {
        "tenant": "Acme",
        "spaces": [{"name": "spaces/A", "title": title}],
        "rules": rules,
        "quiet_hours": [each for number, each in enumerate(windows) if each not in windows[:number]],
    }
    loads(json.dumps(document))
    before = version(database)
    assert loads(dump(database, vault, "Acme", with_secrets=False)) == ["Acme: nothing changed"]
    assert loads(dump(database, vault, "Acme", with_secrets=True)) == ["Acme: nothing changed"]
    assert version(database) == before


def test_a_direct_message_for_notices_alone_is_nothing_to_load(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads(ACME)
    before = dump(database, vault, "Acme", with_secrets=False)
    dm = {"kind": "chat_dm", "name": "ben@example.com", "address": "ben@example.com", "lane": "dm:ben"}
    with database.writing_all() as session:
        tenant_id = session.scalars(select(Destination.tenant_id)).first()
        session.add(Destination(tenant_id=tenant_id, **dm))
    assert dump(database, vault, "Acme", with_secrets=False) == before
    assert loads(before) == ["Acme: nothing changed"]
