"""What settings alone say: each that cannot work is named, with no secret."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from models.alert_routes import parse_routes
from models.operating.check_settings import check_settings
from models.operating.finding import NOTE, OK, WRONG
from models.settings import Settings, from_env
from tests.crm import environment


def whole_settings(tmp_path: Path) -> Settings:
    """Settings of an installation for real use."""
    account = tmp_path / "chat.json"
    account.write_text('{"client_email": "app@x.test"}')
    given = {
        "BASE_URL": "https://pipenotify.example.com",
        "GOOGLE_APPLICATION_CREDENTIALS": str(account),
        "PIPEDRIVE_CLIENT_ID": "client",
        "PIPEDRIVE_CLIENT_SECRET": "secret",
        "ALERT_WEBHOOK": "https://chat.googleapis.com/v1/spaces/OPS/messages?key=k&token=t",
        "ALERT_PAGERDUTY_KEY": "pagerduty-key",
    }
    return from_env(environment("http://127.0.0.1:9", tmp_path) | given)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return whole_settings(tmp_path)


def test_whole_settings_have_nothing_wrong(settings: Settings) -> None:
    assert {each.level for each in check_settings(settings)} == {OK}


@pytest.mark.parametrize(
    ("change", "part", "level", "expected"),
    [
        ({"app_env": "staging"}, "environment", NOTE, "no space: STAGING_SPACES is unset"),
        (
            {"app_env": "staging", "staging_spaces": frozenset({"spaces/B", "spaces/A"})},
            "environment",
            NOTE,
            "it writes into spaces/A, spaces/B",
        ),
        ({"app_env": "staging"}, "environment", NOTE, "no company: STAGING_COMPANIES is unset"),
        (
            {"app_env": "staging", "staging_companies": frozenset({"12345"})},
            "environment",
            NOTE,
            "in the Pipedrive of 12345",
        ),
        ({"app_env": "staging"}, "alerts", WRONG, "no alert can arrive in spaces/OPS"),
        ({"base_url": "http://pipenotify.example.com"}, "address", WRONG, "https addresses only"),
        ({"base_url": "http://127.0.0.1:8080"}, "address", NOTE, "demo"),
        ({"google_application_credentials": None}, "Chat account", NOTE, "only incoming webhooks"),
        ({"google_application_credentials": "/no/such/file"}, "Chat account", WRONG, "FileNotFoundError"),
        ({"pipedrive_client_secret": None}, "Pipedrive app", WRONG, "both of them"),
        (
            {"pipedrive_client_id": None, "pipedrive_client_secret": None},
            "Pipedrive app",
            NOTE,
            "cannot connect",
        ),
        ({"alert_webhook": None, "alert_pagerduty_key": None}, "alerts", NOTE, "set ALERT_WEBHOOK"),
        ({"alert_routes": parse_routes("warning=slack")}, "alerts", WRONG, "slack, which is not set up"),
    ],
)
def test_settings_that_cannot_work_are_named(
    settings: Settings, change: dict[str, Any], part: str, level: str, expected: str
) -> None:
    found = check_settings(settings.model_copy(update=change))
    assert any(each.part == part and each.level == level and expected in each.words for each in found)


def test_it_says_which_alerts_go_where_and_shows_no_secret(settings: Settings) -> None:
    found = [f"{each.part}: {each.words}" for each in check_settings(settings)]
    assert "alerts: warning to chat; critical to chat; outage to chat, pagerduty" in found
    chosen = settings.model_copy(update={"alert_routes": parse_routes("warning=pagerduty")})
    assert any("warning to pagerduty" in each.words for each in check_settings(chosen))
    assert not any(secret in each for each in found for secret in ("pagerduty-key", "token=t"))


def test_generated_keys_are_to_be_kept_elsewhere_where_backups_are_made(tmp_path: Path) -> None:
    given = {"PIPENOTIFY_DATA": str(tmp_path), "BACKUP_FOLDER": "/backups"}
    keys = environment("http://127.0.0.1:9", tmp_path)["ENCRYPTION_KEYS"]
    for added, level, expected in (
        ({}, NOTE, f"{tmp_path}/encryption-keys alone"),
        ({"ENCRYPTION_KEYS": " "}, NOTE, "keep a copy of that file elsewhere"),
        ({"ENCRYPTION_KEYS": keys}, OK, "elsewhere"),
    ):
        (found,) = (each for each in check_settings(from_env(given | added)) if each.part == "backup keys")
        assert (found.level, expected in found.words) == (level, True)
    without = from_env({"PIPENOTIFY_DATA": str(tmp_path)})
    assert all(each.part != "backup keys" for each in check_settings(without))


@pytest.mark.parametrize(
    "change",
    [
        {"staging_spaces": frozenset({"spaces/OPS"})},
        {"alert_webhook": None, "alert_email": "ops@example.com"},
        {"app_env": "production"},
    ],
)
def test_alerts_that_arrive_are_not_wrong_in_staging(settings: Settings, change: dict[str, Any]) -> None:
    found = check_settings(settings.model_copy(update={"app_env": "staging"} | change))
    assert {each.level for each in found if each.part == "alerts"} == {OK}
