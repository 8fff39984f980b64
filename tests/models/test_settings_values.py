"""What each variable may be: one line that says what it should be, and repeats no secret."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from models.errors import InvalidSettings
from models.settings import from_env


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
        ("APP_ENV", "live", "APP_ENV should be development, staging or production, not 'live'"),
        (
            "STAGING_SPACES",
            "spaces/A, B",
            "STAGING_SPACES should be spaces by comma, like spaces/AAAA, spaces/BBBB, not 'B'",
        ),
        (
            "STAGING_COMPANIES",
            "12345, Acme Inc., https://acme.pipedrive.com",
            "STAGING_COMPANIES should be Pipedrive companies by comma, each by its id or its domain",
        ),
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


def test_companies_of_staging_are_ids_and_hosts_and_mean_something_in_staging_alone(tmp_path: Path) -> None:
    given = {"PIPENOTIFY_DATA": str(tmp_path), "STAGING_COMPANIES": "12345, Acme globex.pipedrive.com"}
    companies = frozenset({"12345", "acme.pipedrive.com", "globex.pipedrive.com"})
    assert from_env({**given, "APP_ENV": "staging"}).allowed_companies == companies
    assert from_env({**given, "APP_ENV": "development"}).allowed_companies is None
    assert from_env({"PIPENOTIFY_DATA": str(tmp_path), "APP_ENV": "staging"}).allowed_companies == frozenset()
