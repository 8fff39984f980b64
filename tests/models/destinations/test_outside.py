"""Addresses outside Chat are checked when they are given, and kept encrypted where they are secrets."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest

from models.database.engine import Database
from models.destinations.outside import (
    OLD_SECRET_SIGNS,
    OutgoingWebhook,
    add_email_address,
    add_url,
    is_of_user,
    set_email,
    set_url,
    valid_email,
    valid_secret,
    valid_url,
    webhook_of,
)
from models.errors import Conflict, InvalidRequest, SecretUnreadable
from models.security.vault import Vault
from models.tables import User
from tests.conftest import TwoTenants
from tests.engine import NOON

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
NEW = "whsec_" + base64.b64encode(b"n" * 24).decode()
URL = "https://example.com/hook?key=1"


@pytest.mark.parametrize(
    "text",
    ["", "ada", "ada@", "@example.com", "a@b", "a b@example.com", "a@example.com\nBcc: b@x.com",
     ".a@example.com", "a..b@example.com", "Ada <a@example.com>",
     "a@example.com,b@example.com", f"{'a' * 65}@example.com"],
)  # fmt: skip
def test_what_is_no_single_email_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        valid_email(text)


def test_an_email_is_kept_in_small_letters() -> None:
    assert valid_email(" Ada.L+x@Example.com ") == "ada.l+x@example.com"


@pytest.mark.parametrize(
    "text",
    ["", "example.com", "ftp://example.com", "https://", "https://user:pw@example.com/", "https://example.com/#x",
     "https://example.com:0/", "https://example.com:99999/", "https://exa mple.com/", "http://example.com/hook",
     "https://example.com/\nHost: x", f"https://example.com/{'a' * 2000}"],
)  # fmt: skip
def test_what_may_not_be_called_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        valid_url(text)


@pytest.mark.parametrize("text", [URL, "http://127.0.0.1:8080/x", "https://[2001:db8::1]/x"])
def test_https_and_hosts_in_numbers_are_taken(text: str) -> None:
    assert valid_url(f" {text} ") == text


@pytest.mark.parametrize("text", ["", "s3cr3t", "whsec_", "whsec_c2hvcnQ=", SECRET.removeprefix("whsec_")])
def test_weak_secrets_are_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        valid_secret(text)
    assert text in {"", "whsec_"} or text not in str(refused.value)


def test_a_replaced_secret_signs_on_for_a_day() -> None:
    changed = OutgoingWebhook(URL, SECRET).readdressed(URL, NEW, NOON)

    assert OutgoingWebhook.from_text(changed.as_text()) == changed
    assert len(changed.signatures(b"x", NOON).split()) == 2
    assert len(changed.signatures(b"x", NOON + OLD_SECRET_SIGNS).split()) == 1


def test_another_url_keeps_the_secret() -> None:
    was = OutgoingWebhook(URL, SECRET, NEW, NOON + timedelta(hours=1))

    assert was.readdressed("https://b.example/", SECRET, NOON).old_secret == NEW


def test_a_webhook_is_closed_and_opens_for_its_own_row(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    with database.writing(tenants.ours) as session:
        made = add_url(session, vault, tenants.ours, "ERP", OutgoingWebhook(URL, SECRET))
        other = add_url(session, vault, tenants.ours, "Other", OutgoingWebhook(URL, NEW))
        assert "example.com" not in made.address
        assert webhook_of(vault, made) == OutgoingWebhook(URL, SECRET)
        set_url(vault, made, url="https://b.example/")
        assert webhook_of(vault, made) == OutgoingWebhook("https://b.example/", SECRET)
        other.address = made.address
        with pytest.raises(SecretUnreadable):
            webhook_of(vault, other)
        with pytest.raises(SecretUnreadable):
            set_url(vault, other, url=URL)
        set_url(vault, other, URL, SECRET)
        assert webhook_of(vault, other) == OutgoingWebhook(URL, SECRET)


def test_an_email_gets_another_address_and_is_no_longer_paused(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing(tenants.ours) as session:
        made = add_email_address(session, tenants.ours, "Board", "Board@example.com")
        made.paused_because = "550"
        set_email(made, "chair@example.com")
        assert made.address == "chair@example.com"
        assert not made.paused_because
        with pytest.raises(Conflict):
            add_email_address(session, tenants.ours, "Board", "b@example.com")


def test_an_address_is_of_the_users_of_its_own_tenant(database: Database, tenants: TwoTenants) -> None:
    with database.writing(tenants.theirs) as session:
        session.add(User(tenant_id=tenants.theirs, email="eve@example.com", role="admin"))
    with database.reading_all() as session:
        assert is_of_user(session, tenants.theirs, "Eve@example.com")
        assert not is_of_user(session, tenants.ours, "eve@example.com")
