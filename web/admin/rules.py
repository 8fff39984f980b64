"""Rules on the admin page: many of them switched, moved or deleted at once, with undo; export and import."""

from __future__ import annotations

from typing import Any, Final

from flask import Blueprint, Response, request

from models.accounts.actor import Actor
from models.accounts.permissions import may_post_to
from models.accounts.rights import Action
from models.database.engine import Session
from models.database.row_ids import row_id
from models.destinations.queries import list_chosen_destinations, space_titles
from models.errors import InvalidRequest, InvalidRulesFile
from models.rules.bulk import Changed, RuleChange, change_rules, changeable_rules, move_rules, undo_change
from models.rules.queries import RuleSelection, destination_names, find_rules
from models.rules_file.for_people import check_import, export_rules, import_rules
from models.security.vault import Vault
from web.admin.deps import AdminDeps, id_in_query
from web.security.guards import allowed

PATH: Final = "/admin/rules"
SIZE: Final = 50  # rules of a page
DONE: Final = {
    RuleChange.ON: "Switched on",
    RuleChange.OFF: "Switched off",
    RuleChange.MOVE: "Moved",
    RuleChange.DELETE: "Deleted",
}


def add_rules(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/rules and its buttons."""
    vault = Vault(deps.settings.encryption_keys)

    @doors.get(PATH)
    @allowed(Action.RULE_READ)
    def rules() -> str:
        return _page(deps)

    @doors.post(f"{PATH}/change")
    @allowed(Action.RULE_CHANGE)
    def change_many() -> str:
        wanted = _change()
        with deps.writing() as (session, actor):
            done = _carry_out(session, actor, wanted)
        deps.wake()
        return _page(deps, changed=done, words=DONE[wanted], undo=wanted)

    @doors.post(f"{PATH}/undo")
    @allowed(Action.RULE_CHANGE)
    def undo() -> str:
        with deps.writing() as (session, actor):
            done = undo_change(session, actor, _change(), _ids())
        deps.wake()
        return _page(deps, changed=done, words="Undone")

    @doors.get(f"{PATH}/export")
    @allowed(Action.RULE_IMPORT)
    def download() -> Response:
        with deps.reading() as (session, actor):
            text = export_rules(session, actor)
        file = {"Content-Disposition": 'attachment; filename="rules.yaml"'}
        return Response(text, mimetype="application/yaml", headers=file)

    @doors.post(f"{PATH}/import")
    @allowed(Action.RULE_IMPORT)
    def upload() -> str:
        text, is_confirmed = request.form.get("document", ""), "confirm" in request.form
        try:
            if is_confirmed:
                with deps.writing() as (session, actor):
                    lines = import_rules(session, vault, actor, text)
            else:
                with deps.reading() as (session, actor):
                    lines = check_import(session, vault, actor, text)
        except InvalidRulesFile as wrong:
            return _page(deps, document=text, problems=wrong.problems)
        if is_confirmed:
            deps.wake()
        return _page(deps, document="" if is_confirmed else text, lines=lines, is_imported=is_confirmed)


def _page(deps: AdminDeps, *, changed: Changed | None = None, **shown: Any) -> str:
    after, words = id_in_query("after") or 0, request.args.get("q", "").strip()[:100]
    with deps.reading() as (session, actor):
        wanted = RuleSelection(words=words)
        found, total = find_rules(session, actor.tenant, wanted, after=after, limit=SIZE + 1)
        rows = found[:SIZE]
        places = destination_names(session, actor.tenant, rows)
        ids = [each.id for each in rows]
        mine = {each.id for each in changeable_rules(session, actor, ids)} if ids else set()
        titles = space_titles(session, actor.tenant)
        targets = [
            (each.name, titles.get(each.name, each.name))
            for each in list_chosen_destinations(session, actor.tenant)
            if may_post_to(actor, each.name)
        ]
    return deps.page(
        "rules.html",
        rows=rows,
        total=total,
        places=places,
        mine=mine,
        targets=targets,
        sources=[
            (name, titles.get(name, name)) for name in sorted({name for to in places.values() for name in to})
        ],
        words_asked=words,
        after=rows[-1].id if len(found) > SIZE else None,
        changed=changed,
        **shown,
    )


def _carry_out(session: Session, actor: Actor, wanted: RuleChange) -> Changed:
    if wanted is not RuleChange.MOVE:
        return change_rules(session, actor, _ids(), wanted)
    return move_rules(session, actor, _ids(), request.form.get("to", ""), request.form.get("from", ""))


def _ids() -> list[int]:
    return [found for each in request.form.getlist("id") if (found := row_id(each)) is not None]


def _change() -> RuleChange:
    given = request.form.get("change", "")
    if given not in tuple(RuleChange):
        raise InvalidRequest(user_message="Choose what to do: switch on, switch off, move or delete.")
    return RuleChange(given)
