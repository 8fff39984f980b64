"""Waits a little for how a test card went, so that the answer to the request can say it."""

from __future__ import annotations

import threading
import time
from typing import Any, Final

from models.deliveries.reasons import plain_reason
from models.deliveries.test_cards import CardTestResult, read_test_result
from models.errors import DatabaseUnavailable
from models.languages.translate import tr_stored
from web.api.routes import ApiDeps

MOST_S: Final = 5.0  # Chat usually answers within one
NOT_SENT_YET: Final = "No worker has sent it yet. Look again in a moment."
_LOOK_S: Final = 0.05
# Of the eight threads that answer: whoever asks beyond that is answered at once, with a card on its way.
_MOST_WAITING: Final = 2

_waiting = threading.BoundedSemaphore(_MOST_WAITING)


def follow_test_card(deps: ApiDeps, tenant_id: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered about a test card, with how it went if that is known within `MOST_S`.

    The card is made already, so a database that goes away now is no failure of the request.
    """
    try:
        result = _wait(deps, tenant_id, int(made["delivery_id"]))
    except DatabaseUnavailable:
        return made
    if result is None:
        return made
    why = tr_stored(plain_reason(result.why)) if result.why else ""
    if not result.is_tried:
        why = why or NOT_SENT_YET
    return made | {
        "status": result.state,
        "http_status": result.http_status,
        "response_time": result.took_ms,
        "why": why,
    }


def _wait(deps: ApiDeps, tenant_id: int, delivery_id: int) -> CardTestResult | None:
    may_wait = _waiting.acquire(blocking=False)
    until = time.monotonic() + (MOST_S if may_wait else 0)
    try:
        while True:
            with deps.database.reading(tenant_id) as session:
                result = read_test_result(session, tenant_id, delivery_id)
            if result is None or result.is_tried or time.monotonic() >= until:
                return result
            time.sleep(_LOOK_S)
    finally:
        if may_wait:
            _waiting.release()
