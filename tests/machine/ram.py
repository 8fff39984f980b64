"""Temporary files of tests in memory: no test is about this disk, and each commit waits for it."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

RAM: Final = Path("/dev/shm")
NEEDED: Final = 3 * 1024**3  # bytes; a whole run uses a tenth


def use_ram() -> None:
    """Let this process and those that it starts put temporary files into memory, if there is enough.

    TMPDIR, if set, decides; so does `--basetemp` for the folders of pytest.
    """
    if "TMPDIR" in os.environ or not _has_room(RAM):
        return
    os.environ |= {"TMPDIR": str(RAM), "PYTEST_DEBUG_TEMPROOT": str(RAM)}
    tempfile.tempdir = None  # read anew


def _has_room(folder: Path) -> bool:
    is_ours = folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)
    return is_ours and shutil.disk_usage(folder).free >= NEEDED
