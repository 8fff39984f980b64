"""Attacks on the webhook endpoint: all hear the same, and nothing of theirs is kept or looked up early."""

from __future__ import annotations

import gc

import pytest

from models.database.engine import Database
from models.security.vault import Vault
from tests.conftest import TwoTenants
from tests.engine import deal
from tests.web.door import PASSWORD, Door, basic, give_credential
from web.from_pipedrive.door import PATH


@pytest.fixture
def door(database: Database, vault: Vault, tenants: TwoTenants) -> Door:
    give_credential(database, vault, tenants.ours, "k-acme")
    give_credential(database, vault, tenants.theirs, "k-umbrella", "other")
    return Door(database, vault)


STRANGERS = [
    (f"{PATH}/k-acme", ""),
    (f"{PATH}/k-acme", "Bearer x"),
    (f"{PATH}/k-acme", "Basic !!!"),
    (f"{PATH}/k-acme", "Basic"),
    (f"{PATH}/k-acme", "Basic \xff\xff"),
    (f"{PATH}/k-acme", basic("pd", "wrong")),
    (f"{PATH}/k-acme", basic("other", PASSWORD)),
    (f"{PATH}/k-acme", basic("pd", "other")),
    (f"{PATH}/k-umbrella", basic("pd", PASSWORD)),
    (f"{PATH}/nobody", basic("pd", PASSWORD)),
    (f"{PATH}/\x00", basic("pd", PASSWORD)),
    (f"{PATH}/{'x' * 9000}", basic("pd", PASSWORD)),
    (f"{PATH}/k-acme/more", basic("pd", PASSWORD)),
    (f"{PATH}/", basic("nobody", PASSWORD)),
    (PATH, basic("\x00", PASSWORD)),
    (PATH, basic("", "")),
    (PATH, ""),
]


def test_strangers_all_hear_the_same(door: Door, tenants: TwoTenants) -> None:
    plain = door.post(path=f"{PATH}/nobody-at-all", authorization=basic("a", "b"))
    assert (plain.status, plain.headers["WWW-Authenticate"][:5]) == (401, "Basic")

    for path, authorization in STRANGERS:
        assert door.post(deal(1), path=path, authorization=authorization) == plain, (path, authorization)
    assert door.events(tenants.ours) == door.events(tenants.theirs) == []


def test_only_strangers_are_limited(door: Door) -> None:
    said = [door.post(authorization="").status for _ in range(130)]

    assert set(said) == {401, 429}
    assert said[:100] == [401] * 100
    assert door.post(deal(1)).status == 200
    assert door.post(authorization="", REMOTE_ADDR="192.0.2.2").status == 401


def test_whoever_shares_an_address_with_strangers_is_never_limited(door: Door, tenants: TwoTenants) -> None:
    """Not even the first webhook of a key, which no cache knows."""
    for _ in range(130):
        door.post(authorization=basic("pd", "wrong"))
    assert door.post(authorization=basic("pd", "wrong")).status == 429

    assert door.post(deal(1)).status == 200
    assert door.post(deal(1), path=f"{PATH}/k-umbrella", authorization=basic("pd", "other")).status == 200


HOPELESS = [
    (f"{PATH}/{'k' * 129}", basic("pd", PASSWORD)),
    (f"{PATH}/kä", basic("pd", PASSWORD)),
    (f"{PATH}/k acme", basic("pd", PASSWORD)),
    (f"{PATH}/k-acme\n", basic("pd", PASSWORD)),
    (PATH, basic("k" * 250_000, "x")),
    (PATH, basic("\ufffd" * 100, "x")),
    (f"{PATH}/k-acme", basic("pd" * 100_000, PASSWORD)),
    (f"{PATH}/k-acme", "Basic " + "A" * 250_000),
]


def test_credentials_that_cannot_be_any_are_refused_by_their_form_and_never_looked_up(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(door.app._credentials._look_ups, "ask", None)  # whoever asks it fails

    said = [door.post(path=path, authorization=authorization).status for path, authorization in HOPELESS]

    assert said == [401] * len(HOPELESS)


def test_nothing_that_strangers_send_is_a_key_in_memory(door: Door) -> None:
    """Whatever collection of this process is looked at: no text of theirs is in it afterwards."""
    mark = "fr3md"
    for number in range(150):
        door.post(path=f"{PATH}/{mark}-{number}", authorization=basic(f"{mark}{number}", f"{mark}{number}"))
        door.post(path=PATH, authorization=basic(f"{mark}-{number}", "x"), REMOTE_ADDR=f"{mark}{number}")
    planted = {f"{mark}-planted": 1}  # found as well, so the search works
    gc.collect()
    tracked = (
        gc.get_objects()
    )  # a dictionary of texts and numbers is no such object, but is referred to by one

    found = [
        each
        for each in {id(each): each for each in (*tracked, *gc.get_referents(*tracked), planted)}.values()
        if issubclass(type(each), dict | set)
        and any(isinstance(key, str) and mark in key for key in list(each))
    ]

    assert found == [planted]
