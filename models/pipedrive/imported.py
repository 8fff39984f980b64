"""The mark that imported leads carry at Pipedrive, in the `origin_id` that nobody can change later.

By it a lead is found again after a worker died, and its events are those of a bulk edit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

PREFIX: Final = "pipenotify-import-"
UNROUTED: Final = "-unrouted"


def origin_of(import_id: int, row_id: int, *, routes: bool) -> str:
    """Return the `origin_id` of the lead of a row."""
    return f"{PREFIX}{import_id}-{row_id}{'' if routes else UNROUTED}"


def is_imported(lead: Mapping[str, Any]) -> bool:
    return str(lead.get("origin_id") or "").startswith(PREFIX)


def is_unrouted(lead: Mapping[str, Any]) -> bool:
    """Tell whether a lead was imported by somebody who wanted none of them routed."""
    return is_imported(lead) and str(lead.get("origin_id")).endswith(UNROUTED)
