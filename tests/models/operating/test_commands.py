"""The operators' commands print what they did and exit as promised."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.__main__ import main
from models.accounts.actor import system
from models.database.engine import Database
from models.security.audit import Auditor, record
from models.settings import from_env
from models.tables import Tenant
from tests.models.rows import add


@pytest.fixture(autouse=True)
def empty_installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPENOTIFY_DATA", str(tmp_path / "data"))
    for name in ("DATABASE_URL", "SECRET_KEY", "ENCRYPTION_KEYS", "BASE_URL"):
        monkeypatch.delenv(name, raising=False)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(arguments)
    shown = capsys.readouterr()
    return code, shown.out, shown.err


@pytest.fixture
def installed(capsys: pytest.CaptureFixture[str]) -> Database:
    run(capsys, "prepare")
    settings = from_env()
    database = Database(settings.database_url, Auditor(settings.secret_key))
    tenant = Tenant(name="Acme")
    add(database, tenant)
    with database.writing(tenant.id) as session:
        record(session, system(tenant.id, "test"), "rule.saved", "Wins")
        record(session, system(tenant.id, "test"), "rule.removed", "Wins")
    database.close()
    return database


def test_check_exits_1_and_counts_what_is_wrong(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    code, output, errors = run(capsys, "check")
    assert (code, errors) == (1, "1 wrong, 4 to note\n")
    assert "wrong workers: none was alive" in output


def test_a_backup_is_restored_and_copied(
    installed: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "b.db")
    code, output, _ = run(capsys, "backup", file)
    assert (code, "tenants 1" in output) == (0, True)
    assert run(capsys, "backup", file)[0] == 1
    assert "add --replace" in run(capsys, "restore", file)[2]
    assert run(capsys, "restore", file, "--replace")[0] == 0
    code, output, _ = run(capsys, "copy", f"sqlite:///{tmp_path}/other.db")
    assert (code, "each table compared" in output) == (0, True)
    assert "itself" in run(capsys, "copy", from_env().database_url)[2]
    assert "should be" in run(capsys, "copy", "mysql://x")[2]


def test_an_encrypted_backup_is_restored_with_its_key_alone(
    installed: Database, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = str(tmp_path / "b.backup")
    code, output, _ = run(capsys, "backup", file, "--encrypt")
    (kid,) = from_env().encryption_keys.keys
    assert (code, f"the key {kid!r}" in output) == (0, True)
    keys = tmp_path / "data/encryption-keys"
    lost = keys.rename(tmp_path / "lost")
    code, _, errors = run(capsys, "restore", file, "--replace")
    assert (code, f"{kid!r}, which is missing from ENCRYPTION_KEYS" in errors) == (1, True)
    lost.rename(keys)
    assert run(capsys, "restore", file, "--replace")[0] == 0


def test_a_changed_audit_entry_is_found(installed: Database, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "audit", "verify") == (0, "Acme: 2 entries, unbroken\n", "")
    assert run(capsys, "audit", "verify", "Nobody")[0] == 1
    with installed.engine.connect().execution_options(schema_change=True) as connection:
        connection.exec_driver_sql("UPDATE audit_entries SET actor = 'me' WHERE number = 2")
        connection.commit()
    code, output, errors = run(capsys, "audit", "verify", "Acme")
    assert (code, output) == (1, "Acme: 2 entries, broken at number 2\n")
    assert "SECRET_KEY" in errors


def test_features_of_a_plan_are_shown_and_switched(
    installed: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "off" not in run(capsys, "plan", "small")[1]
    code, output, _ = run(capsys, "plan", "small", "--off", "digests,api")
    assert (code, [line for line in output.splitlines() if "off" in line]) == (
        0,
        ["api: off", "digests: off"],
    )
    assert "digests: on" in run(capsys, "plan", "small", "--on", "digests")[1]
    assert "digests: on" in run(capsys, "plan", "other")[1]
    assert "there is no feature 'digest'" in run(capsys, "plan", "small", "--off", "digest")[2]
