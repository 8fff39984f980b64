"""One carrier a process, made from its settings, and the Redis it means."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from redis import RedisError

from jobs import wiring as carrier_module
from jobs.wiring import Carrier, redis_url, the_carrier
from models.database import migrate
from models.settings import Settings
from tests.crm import settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path)


@pytest.fixture
def carrier(settings: Settings) -> Iterator[Carrier]:
    made = Carrier(replace(settings, redis_url="redis://127.0.0.1:9/0"))
    migrate.upgrade(made.database)
    yield made
    made.database.close()
    made.redis.close()


def test_the_redis_that_was_named_is_meant_else_the_embedded_one(settings: Settings, tmp_path: Path) -> None:
    named = "redis://127.0.0.1:6379/3"
    assert redis_url(replace(settings, redis_url=named)) == named
    embedded = redis_url(settings)
    assert embedded.startswith("unix://")
    assert redis_url(settings) == embedded
    assert redis_url(replace(settings, pipenotify_data=tmp_path / "other")) != embedded


def test_it_carries_without_redis_and_without_chat(carrier: Carrier) -> None:
    with pytest.raises(RedisError):
        carrier.redis.ping()
    assert carrier.fan_out.step() == 0
    assert carrier.deliver.claim(10) == []
    assert carrier.deliver.next_due is None


def test_its_parts_share_one_database_and_one_vault(carrier: Carrier, settings: Settings) -> None:
    assert carrier.fan_out._database is carrier.deliver._database is carrier.database
    assert carrier.deliver._vault is carrier.vault
    assert carrier.database.is_sqlite
    assert carrier.settings.pipenotify_data == settings.pipenotify_data


def test_a_process_has_one_carrier(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    made: list[Settings] = []
    the_carrier.cache_clear()
    monkeypatch.setattr(carrier_module, "from_env", lambda: settings)
    monkeypatch.setattr(carrier_module, "set_up", lambda _level: None)
    monkeypatch.setattr(carrier_module, "Carrier", made.append)

    assert the_carrier() is the_carrier()

    assert made == [settings]
    the_carrier.cache_clear()
