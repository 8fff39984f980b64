"""Before a start the schema is that of the code, and the keys are those of the secrets."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.database import migrate
from models.database.engine import Database
from models.errors import InvalidSettings
from models.maintenance.prepare import prepare
from models.security.keys import KeyRing
from tests.crm import settings_for


def test_an_empty_database_is_migrated_and_remembers_its_key(bare_database: Database, tmp_path: Path) -> None:
    settings = settings_for("http://127.0.0.1:9", tmp_path)
    other = settings.model_copy(update={"encryption_keys": KeyRing({"other": bytes(32)})})

    prepare(bare_database, settings)
    prepare(bare_database, settings)

    assert migrate.current(bare_database) == migrate.head()
    with pytest.raises(InvalidSettings, match="ENCRYPTION_KEYS"):
        prepare(bare_database, other)
