"""Waits a little for how a test card went, so that the answer to the request can say it."""

from __future__ import annotations

from typing import Any, Final

from models.deliveries.reasons import plain_reason
from models.deliveries.test_cards import CardTestResult, read_test_result
from models.errors import DatabaseUnavailable
from models.languages.translate import tr_stored
from web.api.routes import ApiDeps
from web.waiting import wait_for

NOT_SENT_YET: Final = "No worker has sent it yet. Look again in a moment."


def follow_test_card(deps: ApiDeps, tenant_id: int, made: dict[str, Any]) -> dict[str, Any]:
    """Return what is answered about a test card, with how it went if that is known soon.

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
    def look() -> CardTestResult | None:
        with deps.database.reading(tenant_id) as session:
            return read_test_result(session, tenant_id, delivery_id)

    return wait_for(look, lambda result: result is None or result.is_tried)
