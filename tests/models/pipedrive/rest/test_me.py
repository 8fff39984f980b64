"""The authorising user from Pipedrive: numbers as text, flags as numbers, hostile names."""

from __future__ import annotations

from typing import Any

import pytest

from models.pipedrive.rest.me import NAME_MOST, Me, read_me

SAID: dict[str, Any] = {
    "id": 7,
    "name": "Ada",
    "email": "Ada@Example.com",
    "is_admin": 1,
    "company_id": 12345,
    "company_name": "Acme",
    "company_domain": "acme",
}


def test_user_and_company_are_read() -> None:
    assert read_me(SAID) == Me("7", "12345", "Ada", "ada@example.com", True, "Acme", "acme.pipedrive.com")


@pytest.mark.parametrize("changes", [{"id": "7"}, {"company_id": "12345"}, {"is_admin": True}])
def test_numbers_may_be_text_and_flags_may_be_flags(changes: dict[str, Any]) -> None:
    assert read_me(SAID | changes) == read_me(SAID)


@pytest.mark.parametrize("flag", [0, False, None, "0", "yes", 2])
def test_whoever_is_not_called_admin_is_none(flag: Any) -> None:
    me = read_me(SAID | {"is_admin": flag})
    assert me is not None
    assert not me.is_admin


@pytest.mark.parametrize("name", ["id", "company_id"])
@pytest.mark.parametrize("value", [None, "", "x", True, -1, 1.5, "1 OR 1", "٣", [7], "1" * 21])
def test_without_ids_nobody_is_known(name: str, value: Any) -> None:
    assert read_me(SAID | {name: value}) is None


@pytest.mark.parametrize(
    "domain",
    [None, 7, "", "evil.example/", "acme.pipedrive.com", "a b", "-acme", "acme-", "a" * 64, "ac\nme"],
)
def test_a_domain_that_could_lead_elsewhere_is_left_out(domain: Any) -> None:
    me = read_me(SAID | {"company_domain": domain})
    assert me is not None
    assert me.domain is None


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("  Acme \n GmbH ", "Acme GmbH"),
        ("Acme\u202egnp.exe", "Acme gnp.exe"),
        ("A\0B\u200b", "A B"),
        ("half \ud83d a sign", "half a sign"),
        (None, ""),
        (["Acme"], ""),
        ("x" * 999, "x" * NAME_MOST),
    ],
)
def test_a_company_name_is_one_visible_line(name: Any, read: str) -> None:
    me = read_me(SAID | {"company_name": name})
    assert me is not None
    assert me.company_name == read
