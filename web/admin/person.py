"""One person on the admin page: what is kept of them, as a file, and how it is erased."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from models.accounts.rights import Action
from models.maintenance.export import json_pieces
from models.maintenance.person_data import (
    BACKUPS,
    LOGS,
    OF_PIPEDRIVE,
    begin_person_export,
    count_person,
    erase_user,
)
from web.admin.deps import AdminDeps, streamed_file
from web.security.guards import allowed

PEOPLE: Final = "/admin/people"
PATH: Final = "/admin/people/<int:number>"


def add_person(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/people/<id> and its buttons."""

    @doors.get(PATH)
    @allowed(Action.PEOPLE_CHANGE)
    def person(number: int) -> str:
        with deps.reading() as (session, actor):
            user, parts = count_person(session, actor, number)
        return deps.page("person.html", user=user, parts=parts, elsewhere=(LOGS, BACKUPS, OF_PIPEDRIVE))

    @doors.post(f"{PATH}/export")
    @allowed(Action.PEOPLE_CHANGE)
    def export(number: int) -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            head, parts = begin_person_export(session, actor, number)
        pieces = json_pieces(deps.database, actor.tenant, parts, head)
        return streamed_file(pieces, f"person-{number}.json")

    @doors.post(f"{PATH}/erase")
    @allowed(Action.PEOPLE_CHANGE)
    def erase(number: int) -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            erase_user(session, actor, number, request.form.get("email", ""))
        return deps.done(PEOPLE, "removed")
