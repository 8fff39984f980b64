"""One JSON file that is always whole: written beside, synced, and renamed into place."""

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import Any

NAME = "playground.json"
VERSION = 1

_log = logging.getLogger(__name__)


class StateFile:
    """The state in `playground.json` of a folder; only the owner may read it, it has (simulated) tokens."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME

    def read(self) -> dict[str, Any] | None:
        """The state of the last run, None if there is none that can be read.

        A file that is no state of this release is kept beside as `playground.json.unreadable`.
        """
        try:
            found = json.loads(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except (ValueError, OSError):
            found = None
        if isinstance(found, dict) and found.get("version") == VERSION:
            return found
        self.set_aside()
        return None

    def set_aside(self) -> None:
        """Keep the file under another name, for whoever wants to look what was wrong with it."""
        kept = self.path.with_suffix(".json.unreadable")
        _log.warning("%s cannot be read; kept as %s, and begun anew", self.path, kept.name)
        self.path.replace(kept)

    def write(self, state: dict[str, Any]) -> None:
        """Replace the state. Whoever is killed meanwhile leaves the old file or the new one, whole."""
        body = json.dumps(state | {"version": VERSION}, ensure_ascii=False, separators=(",", ":")).encode()
        number, name = tempfile.mkstemp(prefix=f".{NAME}.", dir=self.path.parent)  # mode 0600
        try:
            with os.fdopen(number, "wb") as file:
                file.write(body)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(self.path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def forget(self) -> None:
        """Remove the state, and what a killed writer left."""
        self.path.unlink(missing_ok=True)
        self.remove_leftovers()

    def remove_leftovers(self) -> None:
        """Remove half-written files. Only for whoever is the folder's only writer."""
        for left in self.path.parent.glob(f".{NAME}.*"):
            left.unlink(missing_ok=True)
