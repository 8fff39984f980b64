"""The environment: defaults for a laptop, all wrong variables named at once, no secret printed."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from models.errors import InvalidSettings
from models.settings import from_env, variables

DOCS = Path(__file__).parents[2] / "docs" / "settings.md"


def test_unset_means_what_the_demo_needs(tmp_path: Path) -> None:
    settings = from_env({"PIPENOTIFY_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path / 'pipenotify.db'}"
    assert settings.redis_url is None
    assert (settings.base_url, settings.host, settings.port) == ("http://127.0.0.1:8080", "127.0.0.1", 8080)
    assert settings.chat_audience == settings.chat_events_url == "http://127.0.0.1:8080/chat/events"
    assert settings.is_sqlite
    assert len(settings.secret_key) == 32


def test_changes_of_rules_and_credentials_hold_within_two_seconds(tmp_path: Path) -> None:
    usual = from_env({"PIPENOTIFY_DATA": str(tmp_path)})
    assert max(usual.rules_fresh_s, usual.credentials_fresh_s) < 2
    assert usual.sweep_every_s == 2  # a lost wake-up costs no more


def test_generated_keys_stay_the_same(tmp_path: Path) -> None:
    first, second = (from_env({"PIPENOTIFY_DATA": str(tmp_path)}) for _ in range(2))
    assert first.secret_key == second.secret_key
    assert first.encryption_keys == second.encryption_keys


def test_postgresql_without_keys_is_refused_with_what_to_do(tmp_path: Path) -> None:
    """Each machine would make a key of its own, refuse valid webhooks and encrypt what no other can read."""
    variables = {"PIPENOTIFY_DATA": str(tmp_path), "DATABASE_URL": "postgresql+psycopg://u@h/d"}
    for keys in ({}, {"ENCRYPTION_KEYS": "  "}):
        with pytest.raises(InvalidSettings) as caught:
            from_env(variables | keys | {"PORT": "x"})
        named = [problem.split(" ")[0] for problem in caught.value.problems]
        assert sorted(named) == ["ENCRYPTION_KEYS", "PORT"]
        assert "every process needs the same keys. Make one with `python -c" in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_postgresql_with_keys_starts(tmp_path: Path) -> None:
    keys = f"k1:{base64.b64encode(bytes(32)).decode()}"
    variables = {"PIPENOTIFY_DATA": str(tmp_path), "DATABASE_URL": "postgresql+psycopg://u@h/d"}
    assert list(from_env(variables | {"ENCRYPTION_KEYS": keys}).encryption_keys.keys) == ["k1"]


def test_blank_variable_counts_as_unset_and_white_space_around_one_is_dropped(tmp_path: Path) -> None:
    found = from_env({"PIPENOTIFY_DATA": f" {tmp_path} ", "PORT": "  ", "REDIS_URL": "", "HOST": " ::1 "})
    assert (found.pipenotify_data, found.port, found.redis_url, found.host) == (tmp_path, 8080, None, "::1")


def test_only_the_given_variables_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("PORT=2")
    assert from_env({"PIPENOTIFY_DATA": str(tmp_path), "port": "3"}).port == 8080
    assert from_env().port == 1


def test_secrets_are_not_shown(tmp_path: Path) -> None:
    secrets = {"SECRET_KEY": "hunter2", "METRICS_TOKEN": "hunter2", "PIPEDRIVE_CLIENT_SECRET": "hunter2"}
    assert "hunter2" not in repr(from_env({"PIPENOTIFY_DATA": str(tmp_path), **secrets}))


def test_all_wrong_variables_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as caught:
        from_env({"PIPENOTIFY_DATA": str(tmp_path), "PORT": "x", "LOG_LEVEL": "y", "REDIS_URL": "z"})
    assert len(caught.value.problems) == 3


def test_docs_list_exactly_the_variables_that_are_read() -> None:
    documented = re.findall(r"^\| `([A-Z_]+)` \|", DOCS.read_text(), re.MULTILINE)
    assert sorted(documented) == sorted(variables())


@pytest.mark.parametrize(("where", "reason"), [("file", "file exists"), ("file/below", "not a directory")])
def test_a_data_folder_that_cannot_be_is_one_line(tmp_path: Path, where: str, reason: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InvalidSettings) as caught:
        from_env({"PIPENOTIFY_DATA": str(tmp_path / where)})
    (line,) = caught.value.problems
    assert line == f"PIPENOTIFY_DATA should be a folder to write in, not {tmp_path / where}: {reason}"
