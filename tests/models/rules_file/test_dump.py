"""Dumping a tenant: secrets are redacted unless requested, and loading the dump changes nothing."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from models.database.engine import Database
from models.destinations.quiet_hours import DAYS, Window, held_until
from models.pipedrive.readable import fold_text
from models.pipedrive.types import EVENT_TYPES
from models.rules.ruleset import read_ruleset
from models.rules_file import dump
from models.security.vault import Vault
from models.tables.accounts import Tenant
from models.tables.destinations import Destination, QuietHours
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


def test_dump_redacts_secrets_unless_requested(database: Database, vault: Vault, loads: Loads) -> None:
    loads(ACME)
    redacted, shown = (dump(database, vault, "Acme", with_secrets=each) for each in (False, True))
    for secret in ("s3cret", "r-token", "token=tt"):
        assert secret not in redacted
        assert secret in shown
    assert redacted.count("!kept") == 3


def test_secrets_are_encrypted_in_the_database(database: Database, loads: Loads) -> None:
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
    st.sampled_from(["1e5", "on", "null", "~", "19:00", "0x1f", "a\u2028", "a\u0085b"]),
)
CONDITIONS = st.builds(
    lambda field, op, value: {"field": field, "op": op, "value": value},
    st.sampled_from(["title", "status"]),
    st.sampled_from(["is", "is_not", "contains"]),
    VALUES.map(str).filter(fold_text),
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
            "priority": st.integers(-1000, 1000),
            "enabled": st.booleans(),
            "show_restricted": st.booleans(),
            "update": st.sampled_from(["reply", "card"]),
            "mention": st.sampled_from(["none", "owner", "former owner of the record", "person in owner"]),
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
    for with_secrets in (False, True):
        reported = loads(dump(database, vault, "Acme", with_secrets=with_secrets))
        assert [each for each in reported if not each.startswith("warning: ")] == ["Acme: nothing changed"]
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


@pytest.mark.parametrize(
    ("starts", "until", "said"), [("00:00", "24:00", "24:00"), ("19:00", "24:00", "00:00")]
)
def test_the_end_of_a_day_is_dumped_as_it_was_loaded(
    database: Database, vault: Vault, loads: Loads, starts: str, until: str, said: str
) -> None:
    text = (
        "tenant: Acme\nquiet_hours: "
        f"[{{scope: tenant, from: '{starts}', until: '{until}', days: [sat, sun], timezone: Europe/Prague}}]"
    )
    loads(text)
    dumped = dump(database, vault, "Acme", with_secrets=False)

    assert f"until: '{said}'" in dumped or f'until: "{said}"' in dumped or f"until: {said}" in dumped
    assert loads(dumped) == loads(text) == ["Acme: nothing changed"]
    with database.reading_all() as session:
        (window,) = [Window.of(row) for row in session.scalars(select(QuietHours))]
    saturday = datetime(2026, 11, 21, 22, 59, 20, tzinfo=UTC)  # 23:59:20 in Prague
    monday = datetime(2026, 11, 22, 23, tzinfo=UTC)
    sunday_night = datetime(2026, 11, 21, 23, tzinfo=UTC)
    held = held_until([window], space_id=None, user_id=None, urgent=False, at=saturday)
    assert held == (monday if starts == "00:00" else sunday_night)


def test_a_window_that_is_switched_off_is_kept_and_dumped(
    database: Database, vault: Vault, loads: Loads
) -> None:
    window = "{scope: tenant, from: '19:00', until: '08:00', timezone: UTC, enabled: false}"
    loads(f"tenant: Acme\nquiet_hours: [{window}]")
    dumped = dump(database, vault, "Acme", with_secrets=False)

    assert "enabled: false" in dumped
    assert loads(dumped) == ["Acme: nothing changed"]
    assert loads(dumped.replace("enabled: false", "enabled: true")) != ["Acme: nothing changed"]
    assert "enabled: false" not in dump(database, vault, "Acme", with_secrets=False)


def test_the_time_zone_is_loaded_dumped_and_read_again_by_workers(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads("tenant: Acme")
    loads("tenant: Other")
    assert "timezone: UTC" in dump(database, vault, "Acme", with_secrets=False)
    before = version(database)
    assert loads("tenant: Acme\ntimezone: Europe/Prague", dry_run=True) == [
        '~ timezone: "UTC" -> "Europe/Prague"'
    ]
    assert loads("tenant: Acme\ntimezone: Europe/Prague") == ["Acme: timezone changed"]
    assert version(database) != before
    assert loads("tenant: Acme") == ["Acme: nothing changed"]
    assert "timezone: Europe/Prague" in dump(database, vault, "Acme", with_secrets=False)
    assert "timezone: UTC" in dump(database, vault, "Other", with_secrets=False)
    with database.reading_all() as session:
        ids = dict(session.execute(select(Tenant.name, Tenant.id)).all())
        zones = [read_ruleset(session, ids[name], 1).timezone for name in ("Acme", "Other")]
    assert zones == ["Europe/Prague", "UTC"]


def test_the_language_is_loaded_dumped_and_read_again_by_workers(
    database: Database, vault: Vault, loads: Loads
) -> None:
    loads("tenant: Acme")
    assert "language: en" in dump(database, vault, "Acme", with_secrets=False)
    before = version(database)
    assert loads("tenant: Acme\nlanguage: de-CH", dry_run=True) == ['~ language: "en" -> "de_CH"']
    assert loads("tenant: Acme\nlanguage: de-CH") == ["Acme: language changed"]
    assert version(database) != before
    assert loads("tenant: Acme\nlanguage: de_CH") == ["Acme: nothing changed"]
    assert "language: de_CH" in dump(database, vault, "Acme", with_secrets=False)
    with database.reading_all() as session:
        tenant_id = session.scalars(select(Tenant.id).where(Tenant.name == "Acme")).one()
        assert read_ruleset(session, tenant_id, 1).language_of("spaces/AAAA") == "de_CH"


def test_a_language_that_is_not_there_is_refused(loads: Loads) -> None:
    problems = refused(loads, "tenant: Acme\nlanguage: cs")
    assert problems == ["language: unknown language 'cs', there are en, de (line 2)"]


def test_a_time_zone_that_does_not_exist_is_refused(loads: Loads) -> None:
    problems = refused(loads, "tenant: Acme\ntimezone: Europe/Prag")
    assert problems == ["timezone: unknown timezone 'Europe/Prag', it looks like Europe/Prague (line 2)"]
