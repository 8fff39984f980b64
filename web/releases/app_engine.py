"""Writes what `gcloud app deploy` is given: our two services with the variables of an environment.

App Engine uploads the folder of the file that it is given, so both are written to the top of the source.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import yaml

from models.errors import InvalidSettings
from models.settings import from_env, variables

ROOT: Final = Path(__file__).parents[2]
FILES: Final = {"app.yaml": "web.yaml", "jobs/worker.yaml": "worker.yaml"}
# Instances share no disk, so that none of these has a default there.
NEEDED: Final = ("BASE_URL", "DATABASE_URL", "REDIS_URL", "ENCRYPTION_KEYS", "SECRET_KEY")
# App Engine sets the port; the other names a file of the machine that deploys.
NOT_PASSED: Final = frozenset({"PORT", "GOOGLE_APPLICATION_CREDENTIALS"})


def write_services(environment: Mapping[str, str], source: Path = ROOT) -> list[tuple[Path, list[str]]]:
    """Write both files, readable by their owner alone; return each with the names of its variables.

    What a file of the source sets itself stays. Raises InvalidSettings if a variable is missing or wrong,
    before anything is written.
    """
    given = _passed(environment)
    services = {FILES[file]: yaml.safe_load((source / file).read_text()) for file in FILES}
    for service in services.values():
        service["env_variables"] = given | service["env_variables"]
        from_env(service["env_variables"])
    written = []
    for name, service in services.items():
        target = source / name
        target.unlink(missing_ok=True)
        target.touch(mode=0o600)
        target.write_text(yaml.safe_dump(service, sort_keys=False, allow_unicode=True))
        written.append((target, sorted(service["env_variables"])))
    return written


def _passed(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are set here and that instances are to have."""
    given = {name: environment.get(name, "").strip() for name in variables() if name not in NOT_PASSED}
    given = {name: value for name, value in given.items() if value}
    wrong = [f"{name} should be set: instances share no disk" for name in NEEDED if name not in given]
    if given.get("DATABASE_URL", "").startswith("sqlite"):
        wrong.append("DATABASE_URL should name PostgreSQL: instances share no disk")
    if wrong:
        raise InvalidSettings(wrong)
    return given
