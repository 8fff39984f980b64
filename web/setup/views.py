"""The setup page: a checklist that updates itself, and the few actions of an admin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from flask import Blueprint, Response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from bot.text.format import ago, moment, plural
from models.accounts.actions import invite_user
from models.accounts.rights import Action, role_text
from models.accounts.sessions import Membership, SignedInUser, memberships
from models.clock import now
from models.connections.actions import BY_EMAIL, match_user, rotate_webhooks
from models.connections.checks import check_now
from models.database.engine import Database, Session
from models.database.row_ids import row_id
from models.deliveries.actions import send_test_card
from models.deliveries.team import set_role_and_notify
from models.destinations.queries import get_destination
from models.errors import DatabaseUnavailable, NotFound
from models.maintenance.remove_user import remove_user
from models.settings import Settings
from models.tables.accounts import ROLES
from web.connections.notices import notices_of
from web.security.guards import allowed
from web.security.sessions import Sessions
from web.setup.chat import ChatSeen
from web.setup.state import Setup, TenantView, read, read_alone
from web.setup.values import COMMANDS, SCOPES, values_of


@dataclass(frozen=True, slots=True)
class Flash:
    """What the page says once after an action; `kind` sets its colour."""

    words: str
    kind: str = "good"


AS_ME: Final = "/api/v1/oauth/pipedrive?as=me"

# Only these are shown, whatever the URL asks for.
FLASHES: Final = {
    "connected": Flash("Pipedrive is connected. Its webhooks are registered by themselves within moments."),
    "checking": Flash("Looking after the webhooks now; what is found shows here by itself."),
    "rotating": Flash("New secrets are being made. The old ones stay good until the new ones are in use."),
    "card": Flash("A test card is on the way."),
    "matched": Flash("Saved who is who."),
    "role": Flash("The new role holds from now on."),
    "removed": Flash("Removed. Only an invitation brings them back."),
    "invited": Flash("Invited. They can say /pipenotify in a linked space, or sign in here."),
    "acts": Flash("You are connected as yourself."),
    "leaving": Flash("Disconnecting: our webhooks are taken away at Pipedrive first."),
    "mistyped": Flash("That is not the name of your team, so nothing was erased.", "warn"),
    "erasing": Flash("Disconnecting, then everything of this team is erased.", "warn"),
}


@dataclass(frozen=True, slots=True)
class SetupDeps:
    """The dependencies of the page's endpoints. `wake` is called after a commit that made a delivery due."""

    settings: Settings
    database: Database
    sessions: Sessions
    wake: Callable[[], None]

    def person(self) -> SignedInUser:
        """Return who is signed in; the guard before the view ensures that somebody is."""
        found = self.sessions.current()
        if found is None:
            raise NotFound("nobody is signed in")
        return found

    def teams(self, person: SignedInUser) -> list[Membership]:
        with self.database.reading_all() as session:
            return list(memberships(session, person.email))

    def look(self, person: SignedInUser | None) -> Setup:
        """Read the progress of the setup, as this person may see it. Raises DatabaseUnavailable."""
        most_tokens = self.settings.pipedrive_daily_tokens
        if person is None or person.tenant_id is None:
            with self.database.reading_all() as session:
                return read_alone(session, is_signed_in=person is not None)
        with self.database.reading(person.tenant_id) as session:
            team = TenantView.of(session, person.tenant_id, person.actor)
            return read(session, team, most_tokens) if team else read_alone(session, is_signed_in=True)


def setup_pages(deps: SetupDeps) -> Blueprint:
    """Return the routes below /setup. Without signing in only public values are shown, no tenant's data."""
    doors = Blueprint("setup", __name__)

    @doors.get("/setup")
    def setup() -> str:
        return _page(deps)

    @doors.get("/setup/state")
    def state() -> Response:
        seen = deps.look(deps.sessions.current(is_use=False)).plain()
        return Response(orjson.dumps(seen), mimetype="application/json")

    @doors.post("/setup/check")
    @allowed(Action.CONNECTION_CHANGE)
    def check() -> AnyResponse:
        return _done(deps, "checking", lambda session, person: check_now(session, person.actor.tenant))

    @doors.post("/setup/rotate")
    @allowed(Action.CONNECTION_CHANGE)
    def rotate() -> AnyResponse:
        return _done(deps, "rotating", lambda session, person: rotate_webhooks(session, person.actor))

    @doors.post("/setup/test")
    @allowed(Action.SPACE_CHANGE)
    def test() -> AnyResponse:
        answer = _done(deps, "card", _send_test_card)
        deps.wake()
        return answer

    @doors.post("/setup/match")
    @allowed(Action.PEOPLE_CHANGE)
    def match() -> AnyResponse:
        return _done(deps, "matched", _match)

    @doors.post("/setup/role")
    @allowed(Action.PEOPLE_CHANGE)
    def role() -> AnyResponse:
        answer = _done(deps, "role", _set_role)
        deps.wake()
        return answer

    @doors.post("/setup/remove")
    @allowed(Action.PEOPLE_CHANGE)
    def remove() -> AnyResponse:
        answer = _done(deps, "removed", _remove)
        deps.wake()
        return answer

    @doors.post("/setup/invite")
    @allowed(Action.PEOPLE_CHANGE)
    def invite() -> AnyResponse:
        return _done(deps, "invited", _invite)

    return doors


def _page(deps: SetupDeps) -> str:
    try:
        person = deps.sessions.current()
        setup, teams = deps.look(person), deps.teams(person) if person else []
        notices, is_away = notices_of(request.args, deps.database, person), False
    except DatabaseUnavailable:
        person, setup, teams, notices, is_away = None, Setup(ChatSeen()), [], [], True
    return render_template(
        "setup.html",
        setup=setup,
        steps={step.id: step for step in setup.steps},
        person=person,
        teams=teams,
        is_away=is_away,
        version=setup.plain()["version"],
        flash=_flash(setup),
        as_me=AS_ME,
        asks_me=bool(setup.team) and request.args.get("as") == "me",
        notices=notices,
        values=values_of(deps.settings),
        commands=COMMANDS,
        scopes=SCOPES,
        plural=plural,
        roles={role: role_text(role) for role in ROLES},
        ago=lambda at: ago(at, now()),
        exact=_exact,
    )


def _flash(setup: Setup) -> Flash | None:
    """Return what was done, according to the URL; anybody can write one, so it proves nothing."""
    if request.args.get("connected"):
        return FLASHES["connected"] if setup.link.is_connected else None
    return FLASHES.get(request.args.get("said", ""))


def _exact(at: datetime) -> str:
    return f"{moment(at)} UTC"


def _done(deps: SetupDeps, answer: str, act: Callable[[Session, SignedInUser], Any]) -> AnyResponse:
    """Act in the person's selected tenant, then show the page with one line about it."""
    person = deps.person()
    with deps.database.writing(_tenant(person)) as session:
        act(session, person)
    return redirect(f"/setup?said={answer}#said", 303)


def _tenant(person: SignedInUser) -> int:
    if person.tenant_id is None:
        raise NotFound("no tenant is looked at")
    return person.tenant_id


def _send_test_card(session: Session, person: SignedInUser) -> None:
    destination = get_destination(session, person.actor.tenant, _number("place"))
    if destination is None or destination.space_id is None:
        raise NotFound(user_message="This space is no longer linked. Go back and choose another.")
    send_test_card(session, person.actor, destination)


def _match(session: Session, person: SignedInUser) -> None:
    user_id, choice = _number("user"), request.form.get("pipedrive", "")[:64]
    match_user(session, person.actor, user_id, None if choice == BY_EMAIL else choice)


def _set_role(session: Session, person: SignedInUser) -> None:
    set_role_and_notify(session, person.actor, _number("user"), request.form.get("role", ""))


def _remove(session: Session, person: SignedInUser) -> None:
    remove_user(session, person.actor, _number("user"))


def _invite(session: Session, person: SignedInUser) -> None:
    invite_user(session, person.actor, request.form.get("email", ""), request.form.get("role", ""))


def _number(field: str) -> int:
    """Return a number from a form. Raises NotFound if it is none."""
    answer = row_id(request.form.get(field, ""))
    if answer is None:
        raise NotFound(f"no {field} in the form")
    return answer
