"""The values to enter at Google and Pipedrive are this service's own, and within their limits."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.dispatch import MESSAGE_ACTIONS, QUICK_COMMANDS, TEXT_COMMANDS
from models.settings import Settings
from tests.crm import settings_for
from web.playground.pipedrive.oauth import SCOPE
from web.setup.values import COMMANDS, SCOPES, values_of

PUBLIC = "https://pipenotify.example.com"


def _settings(folder: Path, **variables: str) -> Settings:
    return settings_for("http://127.0.0.1:9", folder, **{"BASE_URL": PUBLIC, **variables})


def test_callbacks_are_addresses_of_ours(tmp_path: Path) -> None:
    values = values_of(_settings(tmp_path))

    assert values.endpoint == f"{PUBLIC}/chat/events"
    assert values.google_callback == f"{PUBLIC}/oauth/google/callback"
    assert values.pipedrive_callback == f"{PUBLIC}/api/v1/oauth/callback"
    assert values.is_public


def test_variables_that_are_unset_are_named(tmp_path: Path) -> None:
    bare = values_of(_settings(tmp_path, PIPEDRIVE_CLIENT_ID="", PIPEDRIVE_CLIENT_SECRET=""))
    half = values_of(_settings(tmp_path, GOOGLE_CLIENT_ID="g"))
    whole = values_of(_settings(tmp_path, GOOGLE_CLIENT_ID="g", GOOGLE_CLIENT_SECRET="s"))

    assert bare.pipedrive_missing == ("PIPEDRIVE_CLIENT_ID", "PIPEDRIVE_CLIENT_SECRET")
    assert bare.google_missing == ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
    assert (half.google_missing, half.signs_in) == (("GOOGLE_CLIENT_SECRET",), False)
    assert (whole.google_missing, whole.signs_in) == ((), True)


@pytest.mark.parametrize(
    ("audience", "kind", "fits"),
    [
        ("", "HTTP endpoint URL", True),
        (f"{PUBLIC}/chat/events", "HTTP endpoint URL", True),
        (f"{PUBLIC}/chat/events/", "HTTP endpoint URL", False),
        ("https://elsewhere.example/chat/events", "HTTP endpoint URL", False),
        ("123456789012", "Project Number", True),
    ],
)
def test_the_audience_is_the_one_that_the_gate_expects(
    tmp_path: Path, audience: str, kind: str, *, fits: bool
) -> None:
    values = values_of(_settings(tmp_path, CHAT_AUDIENCE=audience))

    assert (values.audience, values.audience_fits) == (kind, fits)


OPENING = ("rule new", "mute")  # what opens a dialog


def test_every_command_id_that_we_answer_needs_notice_to_google() -> None:
    assert [command.id for command in COMMANDS] == [*TEXT_COMMANDS, *QUICK_COMMANDS, *MESSAGE_ACTIONS]


def test_commands_are_within_googles_limits() -> None:
    for command in COMMANDS:
        assert 1 <= command.id <= 1000
        assert 1 <= len(command.name) <= 50
        assert 3 <= len(command.words) <= 50
        assert command.name.startswith("/") is (command.kind == "Slash command")
        assert command.opens == ("On" if QUICK_COMMANDS.get(command.id) in OPENING else "Off")


def test_scopes_are_those_with_which_all_our_calls_are_tried() -> None:
    """The simulation refuses what a token's scopes do not allow; `base` is ticked by Pipedrive itself."""
    names = ["base", *(name for name, _use in SCOPES)]

    assert sorted(names) == sorted(SCOPE.split(","))
