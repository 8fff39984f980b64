"""The people of a team on the admin page: their roles and invitations."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.accounts.actions import invite_user
from models.accounts.queries import find_users
from models.accounts.rights import Action
from models.deliveries.team import set_role_and_notify
from web.admin.deps import AdminDeps, id_in_form
from web.security.guards import allowed

MOST: Final = 200  # people shown at once; a search finds the others
PATH: Final = "/admin/people"


def add_people(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/people and its buttons."""

    @doors.get(PATH)
    @allowed(Action.PEOPLE_READ)
    def people() -> str:
        words = request.args.get("q", "").strip()[:100]
        with deps.reading() as (session, actor):
            users, fit, total = find_users(session, actor.tenant, words, MOST)
        return deps.page("people.html", users=users, more=fit - len(users), words=words, total=total)

    @doors.post(f"{PATH}/role")
    @allowed(Action.PEOPLE_CHANGE)
    def role() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            set_role_and_notify(session, actor, id_in_form("user"), request.form.get("role", ""))
        return deps.done(PATH, "role")

    @doors.post(f"{PATH}/invite")
    @allowed(Action.PEOPLE_CHANGE)
    def invite() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            invite_user(session, actor, request.form.get("email", ""), request.form.get("role", ""))
        return deps.done(PATH, "invited")
