"""The setup page: a checklist that checks itself, and the few things an admin does there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from flask import Blueprint, Response, redirect, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as AnyResponse

from bot.text.format import ago, moment, plural
from models.accounts.sessions import Membership, SignedInUser, memberships
from models.clock import now
from models.connections.checks import ask_to_rotate, check_now
from models.connections.people import match_manually
from models.database.engine import Database
from models.deliveries.test_cards import create_test_cards
from models.errors import DatabaseUnavailable, InvalidRequest, NotFound
from models.security.audit import Auditor
from models.settings import Settings
from models.tables.destinations import Destination
from web.connections.notices import told
from web.security.guards import admin
from web.security.sessions import Sessions
from web.setup.chat import ChatSeen
from web.setup.state import Setup, TenantView, read, read_alone
from web.setup.values import COMMANDS, SCOPES, values_of

BY_EMAIL: Final = "by-email"  # the choice that gives the matching back to the e-mail
LONGEST_ID: Final = 18  # digits; what is longer is no id of ours


@dataclass(frozen=True, slots=True)
class Flash:
    """What the page says once after something was done; `kind` colours it."""

    words: str
    kind: str = "good"


# Only these are said, whatever the address asks for.
SAID: Final = {
    "connected": Flash("Pipedrive is connected. Its webhooks are registered by themselves within moments."),
    "checking": Flash("Looking after the webhooks now; what is found shows here by itself."),
    "rotating": Flash("New secrets are being made. The old ones stay good until the new ones are in use."),
    "card": Flash("A test card is on the way."),
    "matched": Flash("Saved who is who."),
    "acts": Flash("You are connected as yourself."),
    "leaving": Flash("Disconnecting: our webhooks are taken away at Pipedrive first."),
    "mistyped": Flash("That is not the name of your team, so nothing was erased.", "warn"),
    "erasing": Flash("Disconnecting, then everything of this team is erased.", "warn"),
}


@dataclass(frozen=True, slots=True)
class SetupDeps:
    """What stands behind the page's doors. `wake` is called after a commit that owes something now."""

    settings: Settings
    database: Database
    auditor: Auditor
    sessions: Sessions
    wake: Callable[[], None]

    def person(self) -> SignedInUser:
        """Return who is signed in; a door asks it behind a guard, which let nobody else in."""
        found = self.sessions.current()
        if found is None:
            raise NotFound("nobody is signed in")
        return found

    def teams(self, person: SignedInUser) -> list[Membership]:
        with self.database.reading_all() as session:
            return list(memberships(session, person.email))

    def look(self, person: SignedInUser | None) -> Setup:
        """Read how far the setup is, as this person may see it. Raises DatabaseUnavailable."""
        most_tokens = self.settings.pipedrive_daily_tokens
        if person is None or person.tenant_id is None:
            with self.database.reading_all() as session:
                return read_alone(session, is_signed_in=person is not None)
        with self.database.reading(person.tenant_id) as session:
            team = TenantView.of(session, person.tenant_id, is_admin=person.is_admin)
            return read(session, team, most_tokens) if team else read_alone(session, is_signed_in=True)


def setup_pages(deps: SetupDeps) -> Blueprint:
    """Return the routes below /setup. Who is not signed in reads public values and nothing of any tenant."""
    doors = Blueprint("setup", __name__)

    @doors.get("/setup")
    def setup() -> str:
        return _page(deps)

    @doors.get("/setup/state")
    def state() -> Response:
        seen = deps.look(deps.sessions.current(is_use=False)).plain()
        return Response(orjson.dumps(seen), mimetype="application/json")

    @doors.post("/setup/check")
    @admin
    def check() -> AnyResponse:
        return _done(deps, "checking", lambda session, person: check_now(session, _tenant(person)))

    @doors.post("/setup/rotate")
    @admin
    def rotate() -> AnyResponse:
        return _done(deps, "rotating", lambda session, person: _rotate(deps, session, person))

    @doors.post("/setup/test")
    @admin
    def test() -> AnyResponse:
        said = _done(deps, "card", lambda session, person: _test(deps, session, person))
        deps.wake()
        return said

    @doors.post("/setup/match")
    @admin
    def match() -> AnyResponse:
        return _done(deps, "matched", lambda session, person: _match(deps, session, person))

    return doors


def _page(deps: SetupDeps) -> str:
    try:
        person = deps.sessions.current()
        setup, teams = deps.look(person), deps.teams(person) if person else []
        asides, is_away = told(request.args, deps.database, person), False
    except DatabaseUnavailable:
        person, setup, teams, asides, is_away = None, Setup(ChatSeen()), [], [], True
    return render_template(
        "setup.html",
        setup=setup,
        steps={step.id: step for step in setup.steps},
        person=person,
        teams=teams,
        is_away=is_away,
        version=setup.plain()["version"],
        said=_said(setup),
        asides=asides,
        values=values_of(deps.settings),
        commands=COMMANDS,
        scopes=SCOPES,
        plural=plural,
        ago=lambda at: ago(at, now()),
        exact=_exact,
    )


def _said(setup: Setup) -> Flash | None:
    """Return what was done, as the address has it; anybody can write one, so it proves nothing."""
    if request.args.get("connected"):
        return SAID["connected"] if setup.link.is_connected else None
    return SAID.get(request.args.get("said", ""))


def _exact(at: datetime) -> str:
    return f"{moment(at)} UTC"


def _done(deps: SetupDeps, said: str, act: Callable[[Session, SignedInUser], Any]) -> AnyResponse:
    """Act in the tenant that the person looks at, then show the page with one line about it."""
    person = deps.person()
    with deps.database.writing(_tenant(person)) as session:
        act(session, person)
    return redirect(f"/setup?said={said}#said", 303)


def _tenant(person: SignedInUser) -> int:
    if person.tenant_id is None:
        raise NotFound("no tenant is looked at")
    return person.tenant_id


def _rotate(deps: SetupDeps, session: Session, person: SignedInUser) -> None:
    ask_to_rotate(session, _tenant(person))
    deps.auditor.record(session, _tenant(person), person.email, "webhooks.rotated", "webhooks")


def _test(deps: SetupDeps, session: Session, person: SignedInUser) -> None:
    tenant_id = _tenant(person)
    mine = (Destination.tenant_id == tenant_id, Destination.id == _number("place"))
    place = session.scalar(select(Destination).where(*mine, Destination.space_id.is_not(None)))
    if place is None:
        raise NotFound(user_message="This space is no longer linked. Go back and choose another.")
    if not place.is_active:
        raise InvalidRequest(
            user_message="This space is paused and hears nothing. Resume it with /pipenotify space resume."
        )
    create_test_cards(session, tenant_id, [place])
    deps.auditor.record(session, tenant_id, person.email, "space.tested", place.name)


def _match(deps: SetupDeps, session: Session, person: SignedInUser) -> None:
    user_id, said = _number("user"), request.form.get("pipedrive", "")[:64]
    chosen = None if said == BY_EMAIL else said
    match_manually(session, _tenant(person), user_id, chosen)
    deps.auditor.record(session, _tenant(person), person.email, "user.matched", str(user_id), pipedrive=said)


def _number(field: str) -> int:
    """Return a number that a form names. Raises NotFound for what is none."""
    said = request.form.get(field, "")
    if not (said.isascii() and said.isdecimal() and len(said) <= LONGEST_ID):
        raise NotFound(f"no {field} in the form")
    return int(said)
