"""The channel of synthetic events calls nobody."""

from __future__ import annotations

from typing import Any, cast

from jobs.channels import CHANNELS
from jobs.channels.synthetic import send


def test_it_takes_everything_and_touches_no_client() -> None:
    nothing = cast("Any", None)
    assert send(nothing, nothing) == ""
    assert CHANNELS["synthetic"] is send
