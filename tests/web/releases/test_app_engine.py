"""What App Engine is given: both services with the same variables, and nothing where one is missing."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest
import yaml

from models.errors import InvalidSettings
from models.settings import variables
from tests.stack import KEYS
from web.releases.app_engine import FILES, ROOT, write_services

GIVEN = {
    "BASE_URL": "https://acme.appspot.com",
    "DATABASE_URL": "postgresql+psycopg://p:q@/pipenotify?host=/cloudsql/acme:eu:one",
    "REDIS_URL": "redis://10.0.0.3:6379",
    "ENCRYPTION_KEYS": KEYS,
    "SECRET_KEY": "a long word: yes, 'quoted' #too",
}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    (tmp_path / "jobs").mkdir()
    for file in FILES:
        shutil.copy(ROOT / file, tmp_path / file)
    return tmp_path


def test_both_services_get_what_is_set_and_keep_what_they_set(source: Path) -> None:
    other = {
        "LOG_LEVEL": "debug",
        "PORT": "1",
        "GOOGLE_APPLICATION_CREDENTIALS": "/x",
        "PATH": "/bin",
        "SIGN_UP": " ",
    }

    written = write_services(GIVEN | other, source)

    assert [path.name for path, _ in written] == list(FILES.values())
    for (path, names), file in zip(written, FILES, strict=True):
        before, after = yaml.safe_load((source / file).read_text()), yaml.safe_load(path.read_text())
        assert after["env_variables"] == GIVEN | before["env_variables"]
        assert {**after, "env_variables": {}} == {**before, "env_variables": {}}
        assert set(names) == set(after["env_variables"]) <= set(variables())
        assert path.parent == source  # whose folder is what App Engine uploads


def test_the_files_hold_secrets_and_are_for_their_owner(source: Path) -> None:
    (source / "web.yaml").touch(mode=0o644)

    for path, _ in write_services(GIVEN, source):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"REDIS_URL": " ", "SECRET_KEY": ""}, ["REDIS_URL should be set", "SECRET_KEY should be set"]),
        ({"DATABASE_URL": "sqlite:///a.db"}, ["DATABASE_URL should name PostgreSQL"]),
        ({"BASE_URL": "acme.appspot.com"}, ["BASE_URL should be scheme, host and port"]),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_written(
    source: Path, change: dict[str, str], said: list[str]
) -> None:
    with pytest.raises(InvalidSettings) as refused:
        write_services(GIVEN | change, source)

    assert [line[: len(start)] for line, start in zip(refused.value.problems, said, strict=True)] == said
    assert sorted(path.name for path in source.iterdir()) == ["app.yaml", "jobs"]
