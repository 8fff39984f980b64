"""Scopes: those that exist, and what a role makes of them."""

from __future__ import annotations

import pytest

from models.accounts.actor import Actor
from models.accounts.scopes import ADMIN, SCOPES, check_scopes, narrow_scopes, scopes_of
from models.errors import InvalidRequest
from models.tables.accounts import Role

NOUNS = [
    *("rules", "webhooks", "templates", "logs", "events", "users"),
    *("settings", "analytics", "audit", "notifications", "leads"),
]


def of_role(role: str | None) -> Actor:
    return Actor("ada@acme.test", 1, user_id=1, role=role)


def test_there_are_the_scopes_of_the_contract_and_no_other() -> None:
    assert set(SCOPES) == {f"{verb}:{noun}" for verb in ("read", "write") for noun in NOUNS} | {ADMIN}


def test_an_admin_may_have_every_scope_and_a_guest_none() -> None:
    assert scopes_of(of_role(Role.ADMIN)) == list(SCOPES)
    assert "write:rules" not in scopes_of(of_role(None))


@pytest.mark.parametrize("role", [Role.MANAGER, Role.SALES_REP, Role.ANALYST, Role.VIEWER])
def test_only_admins_have_what_only_admins_may(role: Role) -> None:
    assert {ADMIN, "read:audit", "write:users"} & set(scopes_of(of_role(role))) == set()


def test_a_viewer_keeps_of_what_was_asked_what_their_role_allows() -> None:
    assert narrow_scopes(of_role(Role.VIEWER), ["read:rules", "write:rules"]) == ["read:rules"]


@pytest.mark.parametrize("wanted", [["*"], ["read:*"], ["read:rulez"], [""], []])
def test_what_is_no_scope_is_refused(wanted: list[str]) -> None:
    with pytest.raises(InvalidRequest):
        check_scopes(wanted)


def test_scopes_are_taken_once_and_trimmed() -> None:
    assert check_scopes([" write:rules", "read:rules", "write:rules"]) == ["read:rules", "write:rules"]


def test_a_scope_may_be_written_the_other_way_round() -> None:
    assert check_scopes(["rules:read", "leads:write"]) == ["read:rules", "write:leads"]
