"""The sinks of alerts, for each test anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.jobs.alerts.sink_servers import SinkServers


@pytest.fixture
def sinks(tmp_path: Path) -> Iterator[SinkServers]:
    made = SinkServers(tmp_path)
    yield made
    made.close()
