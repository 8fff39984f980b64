"""One engine for each process, made from its settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import RedisError

from jobs import wiring
from jobs.wiring import Engine, the_engine
from models.database import migrate
from models.errors import InvalidSettings, OutsideStaging
from models.security.keys import KeyRing
from models.settings import Settings
from models.staging.companies import require_listed
from tests.crm import settings_for


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return settings_for("http://127.0.0.1:9", tmp_path)


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = Engine(settings.model_copy(update={"redis_url": "redis://127.0.0.1:9/0"}))
    migrate.upgrade(made.database)
    yield made
    made.database.close()
    made.redis.close()


def test_it_works_without_redis_and_without_chat(engine: Engine) -> None:
    with pytest.raises(RedisError):
        engine.redis.ping()
    assert engine.fan_out.step() == 0
    assert engine.deliver.claim(10) == []
    assert engine.deliver.next_due is None


def test_its_parts_share_one_database_and_one_vault(engine: Engine, settings: Settings) -> None:
    assert engine.fan_out._database is engine.deliver._database is engine.database
    assert engine.deliver.sender._vault is engine.vault
    assert engine.database.is_sqlite
    assert engine.settings.pipenotify_data == settings.pipenotify_data


def test_a_process_has_one_engine(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> None:
    made: list[Settings] = []
    the_engine.cache_clear()
    monkeypatch.setattr(wiring, "from_env", lambda: settings)
    monkeypatch.setattr(wiring, "set_up", lambda *_, **_more: None)

    def create(used: Settings) -> Engine:
        made.append(used)
        return Engine(used)

    monkeypatch.setattr(wiring, "Engine", create)
    assert the_engine() is the_engine()

    assert made == [settings]
    the_engine.cache_clear()


def test_any_worker_with_other_keys_refuses_to_work(
    monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    """Also an ordinary `rq worker`, which calls a job and nothing before it."""
    monkeypatch.setattr(wiring, "set_up", lambda *_, **_more: None)
    others = settings.model_copy(update={"encryption_keys": KeyRing({"test": b"k" * 32})})
    for used, is_refused in ((settings, False), (others, True)):
        the_engine.cache_clear()
        monkeypatch.setattr(wiring, "from_env", lambda used=used: used)
        try:
            the_engine().database.close()
            assert not is_refused
        except InvalidSettings:
            assert is_refused
    the_engine.cache_clear()


def test_in_staging_the_list_of_companies_holds_in_the_engine_and_its_sessions(settings: Settings) -> None:
    listed = frozenset({"12345"})
    made = Engine(settings.model_copy(update={"app_env": "staging", "staging_companies": listed}))
    migrate.upgrade(made.database)
    with made.database.reading_all() as session, pytest.raises(OutsideStaging):
        require_listed(session, 1)
    assert not made.pipedrive.companies.allows(1)
    made.close()
    made.redis.close()
