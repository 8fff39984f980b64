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


def test_postgresql_elsewhere_whose_certificate_is_not_checked_is_refused(tmp_path: Path) -> None:
    keys = f"k1:{base64.b64encode(bytes(32)).decode()}"
    url = "postgresql+psycopg://u:hunter2@h/d?sslmode=require"
    with pytest.raises(InvalidSettings) as caught:
        from_env({"PIPENOTIFY_DATA": str(tmp_path), "DATABASE_URL": url, "ENCRYPTION_KEYS": keys})
    (problem,) = caught.value.problems
    assert problem.startswith("DATABASE_URL should be with sslmode=verify-full (or none) for a server")
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("PORT", "eighty", "PORT should be a number from 0 to 65535, not 'eighty'"),
        ("PORT", "70000", "PORT should be a number"),
        ("DATABASE_URL", "mysql://u:hunter2@h/d", "DATABASE_URL should be sqlite:///... or postgresql"),
        ("REDIS_URL", "http://x", "REDIS_URL should be redis://"),
        ("BASE_URL", "https://x/path", "BASE_URL should be scheme, host and port without a path"),
        ("BASE_URL", "http://[", "BASE_URL should be scheme"),
        ("SECRET_KEY", "hunter2\udcff", "SECRET_KEY should be text in UTF-8"),
        ("PORT", "nan", "PORT should be a number from 0 to 65535, not 'nan'"),
        ("CHAT_AUDIENCE", "foo bar", "CHAT_AUDIENCE should be a URL or digits, not 'foo bar'"),
        ("CHAT_ADDON_EMAIL", "nobody", "CHAT_ADDON_EMAIL should be an e-mail address, not 'nobody'"),
        ("CHAT_API_URL", "chat.googleapis.com", "CHAT_API_URL should be scheme"),
        ("CHAT_CERTS_URL", "nonsense", "CHAT_CERTS_URL should be an http(s) URL"),
        ("LOG_LEVEL", "loud", "LOG_LEVEL should be one of debug, info, warning, error"),
        ("ENCRYPTION_KEYS", "hunter2", "ENCRYPTION_KEYS should be kid:base64key"),
        ("SIGN_UP", "everybody", "SIGN_UP should be open or invited, not 'everybody'"),
        ("SWEEP_EVERY_S", "0", "SWEEP_EVERY_S should be a number from 0.05 to 60, not '0'"),
        ("PROXY_HOPS", "many", "PROXY_HOPS should be a number from 0 to 10"),
        ("PIPEDRIVE_DAILY_TOKENS", "0", "PIPEDRIVE_DAILY_TOKENS should be a number"),
        ("CHAT_SPACE_WRITES_PER_SECOND", "0", "CHAT_SPACE_WRITES_PER_SECOND should be a number"),
    ],
)
def test_wrong_variable_is_named_with_what_it_should_be(
    name: str, value: str, expected: str, tmp_path: Path
) -> None:
    with pytest.raises(InvalidSettings) as caught:
        from_env({"PIPENOTIFY_DATA": str(tmp_path), name: value})
    assert [problem[: len(expected)] for problem in caught.value.problems] == [expected]
    assert "hunter2" not in str(caught.value)


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


def test_secrets_of_plan_events_are_one_or_two_and_long(tmp_path: Path) -> None:
    first, second = (f"whsec_{letter * 32}" for letter in "ab")
    found = from_env({"PIPENOTIFY_DATA": str(tmp_path), "PLAN_EVENTS_SECRET": f"{first}, {second}"})
    assert found.plan_events_secret == (first, second)
    assert first not in repr(found)
    with pytest.raises(InvalidSettings) as refused:
        from_env({"PIPENOTIFY_DATA": str(tmp_path), "PLAN_EVENTS_SECRET": "whsec_hunter2"})
    assert "PLAN_EVENTS_SECRET should be whsec_ and 24 to 64" in str(refused.value)
    assert "hunter2" not in str(refused.value)


def test_hosts_are_a_list_and_the_first_admin_is_in_lower_case(tmp_path: Path) -> None:
    env = {"TRUSTED_HOSTS": "A.example, b.example", "BOOTSTRAP_ADMIN": "Ada@Example.com"}
    found = from_env({"PIPENOTIFY_DATA": str(tmp_path), **env})
    assert found.trusted_hosts == ("a.example", "b.example")
    assert found.bootstrap_admin == "ada@example.com"


def test_origins_are_exact(tmp_path: Path) -> None:
    env = {"CORS_ORIGINS": "https://app.example.com, http://localhost:3000"}
    found = from_env({"PIPENOTIFY_DATA": str(tmp_path), **env})
    assert found.cors_origins == ("https://app.example.com", "http://localhost:3000")
    for wrong in ("*", "https://*.example.com", "https://app.example.com/", "app.example.com"):
        with pytest.raises(InvalidSettings):
            from_env({"PIPENOTIFY_DATA": str(tmp_path), "CORS_ORIGINS": wrong})


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
