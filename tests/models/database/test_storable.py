"""Text and numbers that no database stores are replaced or refused, whatever statement they come in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update

from models.connections.names import remember
from models.database.engine import Database
from models.database.storable import storable_text, to_json
from models.errors import InvalidRequest
from models.pipedrive.names import Name
from models.tables import KnownName, Tenant
from tests.conftest import TwoTenants

BAD = "a\0b\ud83dc"
GOOD = "a\ufffdb\ufffdc"


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("", ""),
        ("Zoë 🎉", "Zoë 🎉"),
        ("\0", "\ufffd"),
        ("\ud800", "\ufffd"),
        ("\udfff!", "\ufffd!"),
        ("\\u0000", "\\u0000"),
        (BAD, GOOD),
    ],
)
def test_text_is_stored_with_what_can_be_stored(given: str, stored: str) -> None:
    assert storable_text(given) == stored


@given(st.text(st.characters()) | st.text("a\0\ud800\udc00\\u"))
def test_every_text_can_be_encoded_afterwards(text: str) -> None:
    assert "\0" not in storable_text(text)
    storable_text(text).encode()
    coded = to_json({text: [text, 1, None]})
    assert "\\u0000" not in coded.replace("\\\\", "")


def test_rows_statements_and_json_are_stored(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        session.add(Tenant(name=BAD))
        session.flush()
        remember(session, {(tenants.ours, ("user", "7")): Name(BAD, {BAD: [BAD, {"x": BAD}]})})
        session.execute(update(Tenant).where(Tenant.id == tenants.theirs).values(name=f"new {BAD}"))
    with database.reading_all() as session:
        assert session.scalars(select(Tenant.name).order_by(Tenant.id)).all() == [
            "Acme",
            f"new {GOOD}",
            GOOD,
        ]
        assert session.scalars(select(KnownName)).one().more[GOOD] == [GOOD, {"x": GOOD}]


def test_looking_for_such_text_finds_nothing(database: Database, tenants: TwoTenants) -> None:
    with database.reading_all() as session:
        assert session.scalar(select(func.count()).where(Tenant.name == BAD)) == 0
        assert session.scalar(text("SELECT count(*) FROM tenants WHERE name = :name"), {"name": BAD}) == 0


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 10**40])
def test_number_beyond_64_bits_is_refused_in_words(database: Database, number: int) -> None:
    with database.reading_all() as session, pytest.raises(InvalidRequest) as refused:
        session.get(Tenant, number)
    assert refused.value.user_message == "This number is too large."
