"""Ids of alerts that stay the same until they are taken, so that a lost answer doubles none."""

from __future__ import annotations

from models.chance import new_id
from models.operating.alerts.codes import Alert, AlertCode


class TryIds:
    """The ids of one sink. A worker that takes over begins anew."""

    def __init__(self) -> None:
        self._ids: dict[tuple[AlertCode, bool], str] = {}

    def id_of(self, alert: Alert) -> str:
        """Return the id of an alert; the same until it is forgotten."""
        return self._ids.setdefault((alert.code, alert.is_over), new_id())

    def forget(self, alert: Alert) -> None:
        """Forget an alert that was taken: the next time it is another one."""
        self._ids.pop((alert.code, alert.is_over), None)
