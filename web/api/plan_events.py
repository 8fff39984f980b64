"""Takes plan events of the operator's billing system, signed as Standard Webhooks has it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, jsonify, request
from pydantic import Field

from models.clock import now
from models.database.engine import Database
from models.errors import NotAuthenticated
from models.plan.plan_events import PlanChange, apply_plan_event
from models.rules_file.field_types import Features, Limit, PlanName
from models.security.signed_webhooks import is_signed
from models.settings import Settings
from web.api.errors import RequestLimitReached
from web.api.routes import PREFIX
from web.api.schemas import Body, validate
from web.incoming.json_body import read_json
from web.security.guards import FAILURES, WINDOW_S, own_proof
from web.security.rate_limit import FailureCounter

MORE: Final = {"monthly_limit", "features"}


class SignatureInvalid(NotAuthenticated):
    """Raised for an event that is not signed with our secret, or not lately."""

    code = "SIGNATURE_INVALID"
    user_message = "Sign it as Standard Webhooks has it, with PLAN_EVENTS_SECRET and the time of this call."


class PlanEventBody(Body):
    """An event: the plan that a tenant has from now on. What is not named of the rest stays as it is."""

    id: str = Field(min_length=1, max_length=255)
    tenant: str | int = Field(union_mode="left_to_right")
    plan: PlanName
    monthly_limit: Limit = None
    features: Features = Field(default_factory=dict)


def plan_event_door(settings: Settings, database: Database) -> Blueprint:
    """Return the route /api/v1/plan-events; where no secret is set there is none."""
    doors = Blueprint("plan_events", __name__, url_prefix=PREFIX)
    failures = FailureCounter(FAILURES, WINDOW_S)
    if not settings.plan_events_secret:
        return doors

    @doors.post("/plan-events")
    @own_proof
    def take() -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not is_signed(settings.plan_events_secret, headers, request.get_data(), now()):
            if failures.is_too_many(request.remote_addr or ""):
                raise RequestLimitReached(failures.window_s)
            raise SignatureInvalid
        body: PlanEventBody = validate(PlanEventBody, read_json())
        more = body.model_dump(include=MORE, exclude_unset=True)
        with database.writing_all() as session:
            applied = apply_plan_event(session, PlanChange(body.id, body.tenant, body.plan, more))
        return jsonify({"success": True, "data": {"id": body.id, "applied": applied}})

    return doors
