"""A policy and an offered lead of a team, and the bodies of their routes."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.tables import Absence, Assignment, Lead, RoutingPolicy, User


def add_routing(session: Session, tenant_id: int, email: str, number: int) -> dict[str, int]:
    """Add a policy with one person, to whom a lead is offered; return the ids by noun."""
    mine = {"tenant_id": tenant_id}
    user = session.scalars(select(User).where(User.tenant_id == tenant_id, User.email == email)).one()
    user.pipedrive_user_id = "1"
    policy = RoutingPolicy(
        **mine, name=f"P{number}", method="round_robin", members=[user.id], created_at=now()
    )
    policy.previous = {
        "name": f"Q{number}",
        "method": "load",
        "when": None,
        "members": [user.id],
        "field": "",
        "parts": [],
        "writes_owner": True,
        "claim_minutes": 5,
        "most_open": 0,
        "most_today": 0,
        "in_hours": False,
        "manager_id": None,
        "is_on": True,
    }
    key = {"entity": "lead", "object_id": f"routed {number}"}
    row = Assignment(**mine, **key, user_id=user.id, state="offered", owner_id="1")
    session.merge(Absence(tenant_id=tenant_id, user_id=user.id))
    session.add_all([policy, Lead(**mine, **key, owner_id="1"), row])
    session.flush()
    return {"routing": policy.id, "assignments": row.id}


def routing_body(number: int) -> dict[str, Any]:
    """Return a body of a policy for one person."""
    return {"name": f"Made {number}", "members": ["admin@acme.test"], "in_hours": False}


def routing_bodies(number: int) -> dict[str, Any]:
    """Return the bodies of the routes of routing."""
    return {
        "POST /admin/routing": routing_body(number),
        "POST /admin/routing/try": routing_body(number),
        "PUT /admin/routing/<id>": routing_body(number),
        "PATCH /admin/routing/<id>": {"enabled": False},
        "POST /admin/assignments/<id>/decline": {"reason": "No time"},
        "PUT /admin/availability": {"available": False},
    }
