"""An organization, a form with what was entered, and imports of a team, and the bodies of their routes."""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import update
from sqlalchemy.orm import Session

from models.clock import now
from models.tables import IntakeForm, IntakeSubmission, LeadImport, TrackedObject

CSV: Final = "Name,E-mail\nJana,jana@globex.test\n"


def add_lead_sources(session: Session, tenant_id: int, number: int) -> dict[str, int | str]:
    """Add one of each; return their ids by noun, and that of the import which can be undone by its address.

    Earlier forms of the team are revoked: it has at most 20.
    """
    mine: dict[str, Any] = {"tenant_id": tenant_id}
    session.execute(update(IntakeForm).where(IntakeForm.tenant_id == tenant_id).values(revoked_at=now()))
    form = IntakeForm(**mine, name=f"F{number}", token_hash=f"form {tenant_id} {number}", last_four="abcd")
    form.origins = ["https://acme.example"]
    draft = LeadImport(**mine, name=f"{number}.csv", made_by="maker", content=CSV)
    draft.header, draft.columns = ["Name", "E-mail"], {"name": 0, "email": 1}
    done = LeadImport(**mine, name=f"{number} done.csv", made_by="maker", state="done")
    session.add_all([form, draft, done])
    session.flush()
    entered = IntakeSubmission(**mine, form_id=form.id, key=f"key {number}", title="Globex", state="dead")
    tracked = TrackedObject(**mine, entity="organization", object_id=str(number), is_open=False)
    tracked.changed_at = tracked.heard_at = now()
    tracked.state = b'{"state":{"name":"Globex"},"permitted":null}'
    session.add_all([entered, tracked])
    session.flush()
    return {
        "companies": str(number),
        "intake-forms": form.id,
        "intake-submissions": entered.id,
        "imports": draft.id,
        "/admin/imports/<id>/undo": done.id,
    }


def lead_source_bodies(number: int) -> dict[str, Any]:
    """Return the bodies of their routes."""
    return {
        "POST /companies": {"name": f"Company {number}"},
        "POST /admin/intake-forms": {"name": f"Made {number}", "origins": ["https://acme.example"]},
        "POST /admin/imports": {"name": f"{number}.csv", "content": CSV},
        "PATCH /admin/imports/<id>": {"currency": "CZK"},
    }
