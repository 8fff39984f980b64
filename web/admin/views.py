"""The routes below /admin, each for whom the table of rights lets."""

from __future__ import annotations

from flask import Blueprint

from web.admin.access import add_access
from web.admin.audit import add_audit
from web.admin.data import add_data
from web.admin.deliveries import add_deliveries
from web.admin.deps import AdminDeps
from web.admin.destinations import add_destinations
from web.admin.figures import add_figures
from web.admin.imports import add_imports
from web.admin.intake import add_intake
from web.admin.people import add_people
from web.admin.person import add_person
from web.admin.rules import add_rules


def admin_pages(deps: AdminDeps) -> Blueprint:
    """Return the pages of the signed-in person's selected team; all of them are server-rendered forms."""
    doors = Blueprint("admin", __name__)
    add_deliveries(doors, deps)
    add_figures(doors, deps)
    add_rules(doors, deps)
    add_destinations(doors, deps)
    add_intake(doors, deps)
    add_imports(doors, deps)
    add_people(doors, deps)
    add_person(doors, deps)
    add_access(doors, deps)
    add_audit(doors, deps)
    add_data(doors, deps)
    return doors
