"""Forms on web sites that make leads: made, shown with their HTML once, revoked; and what was entered."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from models.accounts.rights import Action
from models.intake.actions import CONSENT_LETTERS, NAME_LETTERS, create_form, revoke_form, try_again
from models.intake.queries import list_forms, list_submissions
from models.tables.leads import IntakeForm
from web.admin.deps import AdminDeps, id_in_form
from web.api.routes import PREFIX
from web.intake.views import TRAP
from web.security.guards import allowed

PATH: Final = "/admin/intake"


def add_intake(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/intake and its buttons."""

    @doors.get(PATH)
    @allowed(Action.CONNECTION_CHANGE)
    def intake() -> str:
        return _page(deps)

    @doors.post(f"{PATH}/new")
    @allowed(Action.CONNECTION_CHANGE)
    def make_form() -> str:
        given = request.form
        with deps.writing() as (session, actor):
            origins = given.get("origins", "").replace(",", " ").split()
            form, token = create_form(
                session, actor, given.get("name", ""), origins=origins, consent=given.get("consent", "")
            )
        return _page(deps, form, token)  # no redirect: the token is in this answer alone

    @doors.post(f"{PATH}/revoke")
    @allowed(Action.CONNECTION_CHANGE)
    def revoke_intake() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            revoke_form(session, actor, id_in_form("form"))
        return deps.done(PATH, "revoked")

    @doors.post(f"{PATH}/retry")
    @allowed(Action.CONNECTION_CHANGE)
    def retry_submission() -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            try_again(session, actor, id_in_form("submission"))
        return deps.done(PATH, "retried")


def _page(deps: AdminDeps, made: IntakeForm | None = None, token: str = "") -> str:
    with deps.reading() as (session, actor):
        forms, submissions = list_forms(session, actor), list_submissions(session, actor)
    address = f"{deps.settings.base_url}{PREFIX}/intake/{token}" if token else ""
    snippet = (
        render_template("admin/intake_snippet.html", form=made, address=address, trap=TRAP)
        if made and made.origins
        else ""
    )
    return deps.page(
        "intake.html",
        forms=forms,
        submissions=submissions,
        address=address,
        snippet=snippet,
        name_letters=NAME_LETTERS,
        consent_letters=CONSENT_LETTERS,
    )
