"""One person on the admin page: what is kept of them, as a file, and how it is erased."""

from __future__ import annotations

from typing import Final

import orjson
from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from models.accounts.rights import Action
from models.maintenance.person_data import (
    BACKUPS,
    LOGS,
    OF_PIPEDRIVE,
    count_person,
    erase_user,
    export_person,
)
from web.admin.deps import AdminDeps
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
    def export(number: int) -> Response:
        with deps.writing() as (session, actor):
            found = export_person(session, actor, number)
        text = orjson.dumps(found, default=str, option=orjson.OPT_INDENT_2)
        file = {"Content-Disposition": f'attachment; filename="person-{number}.json"'}
        return Response(text, mimetype="application/json", headers=file)

    @doors.post(f"{PATH}/erase")
    @allowed(Action.PEOPLE_CHANGE)
    def erase(number: int) -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            erase_user(session, actor, number, request.form.get("email", ""))
        return deps.done(PEOPLE, "removed")
