"""`python -m models`: its output and exit codes."""

from __future__ import annotations

import base64
import io
import re
import sys
from pathlib import Path

import pytest

from models.__main__ import main
from models.database.migrate import head

GOOD = "tenant: Acme\nspaces: [{name: spaces/A}]\n"


@pytest.fixture(autouse=True)
def empty_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPENOTIFY_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS"):
        monkeypatch.delenv(name, raising=False)


def run(
    arguments: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, stdin: bytes = b""
) -> tuple[int, str, str]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
    code = main(arguments.split())
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.mark.parametrize(
    ("arguments", "given", "expected"),
    [
        ("load -", GOOD.encode(), (0, "Acme: 1 tenant added, 1 space added\n", "")),
        ("load - --dry-run", GOOD.encode(), (0, '+ tenant "Acme"\n+ space "spaces/A"\n', "")),
        (
            "load -",
            b"tenant: Acme\nspacez: []\n",
            (2, "", "spacez: unknown key, did you mean 'spaces'? (line 2)\n"),
        ),
        ("load -", b"\xff\xfe", (2, "", "-: this is not UTF-8\n")),
        ("load -", b"", (2, "", "there is no document here\n")),
        ("dump Nobody", b"", (1, "", "no tenant is named 'Nobody'\n")),
        ("replay Nobody", b"", (1, "", "no tenant is named 'Nobody'\n")),
        ("token Nobody ada@acme.test", b"", (2, "", "no tenant is named 'Nobody'\n")),
        ("prune", b"", (0, "deleted: 0 deliveries, 0 events, 0 interactions\n", "")),
        ("prune --days 30", b"", (0, "deleted: 0 deliveries, 0 events, 0 interactions\n", "")),
        ("upgrade", b"", (0, f"at {head()}, the code at {head()}\n", "")),
        ("current", b"", (0, f"at nothing, the code at {head()}\n", "")),
    ],
)
def test_command_exits_and_prints_as_promised(
    arguments: str,
    given: bytes,
    expected: tuple[int, str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert run(arguments, capsys, monkeypatch, given) == expected


def test_file_that_is_missing_is_another_failure(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, errors = run(f"load {tmp_path}/none.yaml", capsys, monkeypatch)
    assert (code, "none.yaml" in errors) == (1, True)


def test_dump_loads_again_without_a_change(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load -", capsys, monkeypatch, GOOD.encode())
    _, document, _ = run("dump Acme", capsys, monkeypatch)
    assert run("load -", capsys, monkeypatch, document.encode()) == (0, "Acme: nothing changed\n", "")


def test_token_prints_the_token_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load -", capsys, monkeypatch, b"tenant: Acme\nusers: [{email: vi@acme.test, role: viewer}]\n")

    code, shown, errors = run("token Acme Vi@acme.test --days 7", capsys, monkeypatch)
    assert (code, errors) == (0, "")
    assert re.fullmatch(r"pn_[A-Za-z0-9_-]{43}\n", shown)
    for arguments in ("eve@acme.test", "vi@acme.test --scopes *", "vi@acme.test --scopes write:rules"):
        code, shown, errors = run(f"token Acme {arguments}", capsys, monkeypatch)
        assert (code, shown, errors.count("\n")) == (2, "", 1)


def test_replay_prints_its_result(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load -", capsys, monkeypatch, GOOD.encode())
    chosen = "--state skipped --rule Wins --destination A --since 2026-11-20 --until 2026-11-21T08:00+01:00"
    for arguments, result in (
        ("", "will be sent again"),
        (f"{chosen} --ids 1,2 --dry-run", "would be sent again"),
    ):
        assert run(f"replay Acme {arguments}", capsys, monkeypatch) == (
            0,
            f"Acme: 0 deliveries {result}\n",
            "",
        )


def test_replay_of_events_prints_its_result(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("load -", capsys, monkeypatch, GOOD.encode())
    for arguments, result in (("", "will be"), ("--state unparsed --ids 1,2 --dry-run", "would be")):
        assert run(f"replay Acme --events {arguments}", capsys, monkeypatch) == (
            0,
            f"Acme: 0 events {result} read again\n",
            "",
        )


def test_replay_for_a_tenant_that_does_not_exist_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("replay Nobody", capsys, monkeypatch) == (1, "", "no tenant is named 'Nobody'\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("replay Acme --since yesterday", "'yesterday' is no ISO 8601 time"),
        ("replay Acme --ids 1,x", "'1,x' is no list of numbers"),
        (f"replay Acme --ids {'9' * 19}", "is no list of numbers"),
        ("prune --days 0", "'0' is no number of days from 1 to 36500"),
        ("prune --days -1", "days"),
        ("replay Acme --state pending", "invalid choice: 'pending'"),
        ("replay Acme --state failed", "--state failed is no state of a delivery"),
        ("replay Acme --events --state dead", "--state dead is no state of an event"),
        ("replay Acme --events --rule Wins", "are for deliveries, not events"),
        ("replay Acme --events --per-minute 60", "are for deliveries, not events"),
        ("replay Acme --per-minute 0", "'0' is no number from 1 to 30000"),
    ],
)
def test_arguments_that_do_not_fit_are_refused(
    arguments: str, message: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(arguments, capsys, monkeypatch)
    assert (ended.value.code, message in capsys.readouterr().err) == (2, True)


WEBHOOK = (
    "pipedrive: {company_id: 1, domain: a.pipedrive.com, webhook: {key: k-acme, user: u, password: s3cret}}"
)
FIRST, SECOND = (f"{kid}:{base64.b64encode(kid.encode() * 16).decode()}" for kid in ("k1", "k2"))


def test_rekey_counts_is_idempotent_and_names_what_cannot_be_opened(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", FIRST)
    assert run("load -", capsys, monkeypatch, f"tenant: Acme\n{WEBHOOK}".encode())[0] == 0
    monkeypatch.setenv("ENCRYPTION_KEYS", SECOND)
    code, output, errors = run("rekey", capsys, monkeypatch)
    assert (code, output) == (1, "0 secrets closed anew, 0 had the newest key\n")
    assert errors.startswith("webhook_credentials.password of Acme, row ")
    monkeypatch.setenv("ENCRYPTION_KEYS", f"{SECOND},{FIRST}")
    for result in ("1 secret closed anew (webhook_credentials.password 1), 0", "0 secrets closed anew, 1"):
        assert run("rekey", capsys, monkeypatch) == (0, f"{result} had the newest key\n", "")
    monkeypatch.setenv("ENCRYPTION_KEYS", SECOND)
    assert "password: s3cret" in run("dump Acme --with-secrets", capsys, monkeypatch)[1]


def test_start_with_other_keys_is_refused_until_the_loss_is_accepted(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENCRYPTION_KEYS", FIRST)
    assert run("load -", capsys, monkeypatch, f"tenant: Acme\n{WEBHOOK}".encode())[0] == 0
    assert run("prepare", capsys, monkeypatch) == (0, "", "")
    monkeypatch.setenv("ENCRYPTION_KEYS", SECOND)
    for command in ("prepare", "load -"):
        code, _, errors = run(command, capsys, monkeypatch, b"tenant: Umbrella")
        assert code == 1
        assert "run `python -m models rekey --accept-loss`" in errors
    assert run("rekey", capsys, monkeypatch)[0] == 1
    assert run("prepare", capsys, monkeypatch)[0] == 1
    assert run("rekey --accept-loss", capsys, monkeypatch)[0] == 1  # it still names what is lost
    assert run("prepare", capsys, monkeypatch) == (0, "", "")
