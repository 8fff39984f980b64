"""Examples of what routes of REST take and answer, as the OpenAPI document and the page /docs show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

_AT: Final = "2026-11-20T08:00:00Z"
_UNTIL: Final = "2026-12-20T08:00:00Z"
_LEAD: Final = "3f1c0c2a-0000-4000-8000-000000000001"
_RULE: Final[dict[str, Any]] = {
    "name": "Big wins",
    "on": ["deal.won"],
    "when": {"all": [{"field": "value", "op": "at_least", "value": 10000}]},
    "to": ["spaces/AAAA"],
}
_RENAMED: Final = {"name": "Bigger wins"}
_STORED_RULE: Final = {
    "id": "12",
    "created_at": _AT,
    "updated_at": _AT,
    "created_by": "ada@example.com",
    "version": 1,
    **_RULE,
    "template": "compact",
    "urgent": False,
    "enabled": True,
    "show_restricted": False,
    "thread": "none",
    "update": "reply",
    "mention": "none",
    "priority": 0,
}
_NO_SECRET: Final = {"set": False, "last_four": ""}
_DESTINATION: Final = {
    "id": "4",
    "name": "Orders",
    "kind": "email",
    "title": "",
    "description": "What was won, for the back office",
    "enabled": True,
    "paused_because": "",
    "unavailable": "",
    "breaker": {"state": "closed", "failures": 0, "since": None, "next_try": None, "error": ""},
    "incoming_webhook": _NO_SECRET,
    "email": "orders@example.com",
    "webhook": _NO_SECRET,
    "secret": _NO_SECRET,
    "fallback": "",
    "rules": ["Big wins"],
    "last_delivery_at": _AT,
    "created_at": _AT,
}
_DELIVERY: Final = {
    "id": "731",
    "event_id": "512",
    "event_type": "deal.won",
    "rule_id": "12",
    "rule": "Big wins",
    "webhook_id": "3",
    "webhook": "spaces/AAAA",
    "status": "delivered",
    "reason": "",
    "instead_of": "",
    "attempts": 1,
    "urgent": False,
    "test": False,
    "created_at": _AT,
    "next_attempt_at": None,
    "finished_at": _AT,
}
_WINDOW: Final = {
    "scope": "tenant",
    "from": "19:00",
    "until": "08:00",
    "days": ["mon", "tue", "wed", "thu", "fri"],
    "timezone": "Europe/Prague",
    "let_urgent_through": True,
    "enabled": True,
}
_TEMPLATE: Final = {"name": "One line", "liquid": "{{ deal.title }}: {{ deal.value | money }}"}
_USER: Final = {"email": "kim@example.com", "role": "sales_rep"}
_SESSION: Final = {
    "id": "9",
    "email": "ada@example.com",
    "token_name": "CRM sync",
    "token_last_four": "x7Qk",
    "created_at": _AT,
    "refreshed_at": _AT,
    "expires_at": _UNTIL,
}
_ISSUED: Final = {
    "access_token": "eyJhbGciOi...",
    "refresh_token": "the refresh token, good once",
    "token_type": "Bearer",
    "expires_in": 86400,
}
_FORM: Final = {"name": "Contact", "origins": ["https://acme.example"], "consent": "You may write to me"}
_STORED_FORM: Final = {
    "id": "6",
    **_FORM,
    "last_four": "x7Qk",
    "made_by": "ada@example.com",
    "created_at": _AT,
    "revoked_at": None,
}
_ENCRYPTION: Final = {"contact_details": True, "under_way": True, "done": 120, "total": 500}
_FIGURES: Final[dict[str, Any]] = {
    "total": 120,
    "delivered": 112,
    "failed": 2,
    "skipped": 4,
    "held": 1,
    "digested": 0,
    "pending": 1,
    "success_percent": 98.2,
    "was_held": 9,
    "muted": 3,
    "coalesced": 20,
    "redacted": 0,
    "average_response_time": 142.5,
    "p50_ms": 900,
    "p95_ms": 2400,
}


@dataclass(frozen=True, slots=True)
class RouteExample:
    """What one route takes and answers; of a list `data` is one item."""

    data: Any
    body: Any = None


# Where a body names ids, rules or places, they are those of the other examples.
EXAMPLES: Final[dict[str, RouteExample]] = {
    "POST /auth/token": RouteExample(_ISSUED, {"token": "pn_..."}),
    "POST /auth/refresh": RouteExample(_ISSUED, {"refresh_token": "the refresh token, good once"}),
    "POST /auth/logout": RouteExample({"ended": True}, {"refresh_token": "the refresh token, good once"}),
    "GET /auth/sessions": RouteExample(_SESSION),
    "DELETE /auth/sessions/<id>": RouteExample(_SESSION),
    "POST /companies": RouteExample(
        {"id": "12", "name": "Globex Corp", "action_id": "31", "state": "done"}, {"name": "Globex Corp"}
    ),
    "GET /admin/rules": RouteExample(_STORED_RULE),
    "POST /admin/rules": RouteExample(_STORED_RULE, _RULE),
    "GET /admin/rules/<id>": RouteExample(_STORED_RULE),
    "PUT /admin/rules/<id>": RouteExample({**_STORED_RULE, **_RENAMED}, {**_RULE, **_RENAMED}),
    "PATCH /admin/rules/<id>": RouteExample({**_STORED_RULE, "urgent": True}, {"urgent": True}),
    "DELETE /admin/rules/<id>": RouteExample(_STORED_RULE),
    "POST /admin/rules/<id>/test": RouteExample({"to": ["spaces/AAAA"]}, {}),
    "GET /admin/webhooks": RouteExample(_DESTINATION),
    "POST /admin/webhooks": RouteExample(_DESTINATION, {"name": "Orders", "email": "orders@example.com"}),
    "PATCH /admin/webhooks/<id>": RouteExample({**_DESTINATION, "enabled": False}, {"enabled": False}),
    "GET /admin/templates": RouteExample({"id": "2", **_TEMPLATE, "rules": [], "created_at": _AT}),
    "POST /admin/templates": RouteExample(
        {"id": "2", **_TEMPLATE, "rules": [], "created_at": _AT}, _TEMPLATE
    ),
    "GET /admin/logs": RouteExample(_DELIVERY),
    "POST /admin/logs/replay": RouteExample(
        {"count": 3, "left_out": {}, "more": False, "dry_run": True}, {"status": "failed", "dry_run": True}
    ),
    "GET /admin/events": RouteExample(
        {
            "id": "512",
            "received_at": _AT,
            "state": "done",
            "type": "deal.won",
            "object": "deal:42",
            "outcome": "",
            "bulk": False,
        }
    ),
    "POST /admin/quiet-hours": RouteExample({"id": "5", "created_at": _AT, **_WINDOW}, _WINDOW),
    "POST /admin/mutes": RouteExample(
        {
            "id": "8",
            "scope": "user",
            "space": None,
            "user": "ada@example.com",
            "rule_id": None,
            "rule": None,
            "until": _UNTIL,
            "muted_by": "ada@example.com",
            "created_at": _AT,
        },
        {"scope": "user", "duration": "1h"},
    ),
    "POST /admin/users": RouteExample(
        {"id": "21", **_USER, "name": "", "met": False, "manager_id": None, "created_at": _AT}, _USER
    ),
    "GET /admin/audit": RouteExample(
        {
            "id": "77",
            "number": 77,
            "actor": "ada@example.com",
            "action": "rule.made",
            "object": "Big wins",
            "details": {},
            "created_at": _AT,
        }
    ),
    "GET /admin/encryption": RouteExample(_ENCRYPTION),
    "PUT /admin/encryption": RouteExample({**_ENCRYPTION, "done": 0}, {"contact_details": True}),
    "GET /admin/plan": RouteExample(
        {
            "tenant_id": "1",
            "tenant": "Acme",
            "timezone": "Europe/Prague",
            "name": "business",
            "monthly_limit": 5000,
            "cards_this_month": 1250,
            "used_percent": 25,
            "held": 0,
            "resets_at": "2026-12-01T00:00:00Z",
            "features": {"api": True, "audit": True},
            "most_days": 90,
        }
    ),
    "GET /admin/plan/usage": RouteExample(
        {"month": "2026-11", "since": "2026-11-01", "cards": 1250, "events": 5410, "dropped": 0}
    ),
    "POST /notifications": RouteExample(
        {
            "id": "31",
            "success": True,
            "channels": {"in_app": True},
            "skipped": {},
            "errors": {},
            "is_new": True,
            "error": "",
        },
        {"to": "ada@example.com", "type": "DEAL_WON", "title": "Lamps were won"},
    ),
    "PUT /leads/<id>": RouteExample(
        {
            "id": _LEAD,
            "title": "Globex fair",
            "status": "new",
            "score": 45,
            "band": "warm",
            "owner_id": "1",
            "owner": "Ada",
            "person": "Grace",
            "organization": "Globex",
            "source": "Web form",
            "value": 9000.0,
            "currency": "EUR",
            "added_at": _AT,
            "changed_at": _AT,
            **dict.fromkeys(("contacted_at", "snoozed_until", "deal_id")),
            **dict.fromkeys(("snooze_reason", "pipeline", "stage"), ""),
            "open": True,
            "written": [{"action_id": "88", "outcome": "waits", "state": "waiting", "lead_id": _LEAD}],
        },
        {"status": "contacted"},
    ),
    "GET /companies": RouteExample(
        {
            "id": "17",
            "name": "Globex",
            "address": "Main Street 1, Prague",
            "website": "globex.example",
            "industry": "",
            "size": 40,
            "owner": "Ada",
            "changed_at": _AT,
        }
    ),
    "GET /admin/intake-forms": RouteExample(_STORED_FORM),
    "POST /admin/intake-forms": RouteExample(
        {
            **_STORED_FORM,
            "token": "in_...x7Qk",
            "address": "https://pipenotify.example.com/api/v1/intake/in_...x7Qk",
        },
        _FORM,
    ),
    "GET /analytics/rules/<tenant>": RouteExample({**_FIGURES, "id": "12", "name": "Big wins"}),
    "GET /analytics/channels/<tenant>": RouteExample({**_FIGURES, "id": "3", "name": "spaces/AAAA"}),
}


def body_example(route: str) -> Any:
    """Return an example of the body that a route takes; None where there is none."""
    found = EXAMPLES.get(route)
    return None if found is None else found.body


def answer_example(route: str, *, is_list: bool, is_open: bool) -> Any:
    """Return an example of a whole answer, with its envelope; None where there is none."""
    if (found := EXAMPLES.get(route)) is None:
        return None
    meta = {"total": 1, "page": 1, "limit": 20 if is_list else 1, "next": None}
    if is_list:
        return {"success": True, "data": [found.data], "meta": meta, "pagination": meta}
    return {**(found.data if is_open else {}), "success": True, "data": found.data, "meta": meta}
