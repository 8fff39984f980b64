"""The page of the link that `/pipenotify connect` gives: it shows who asked; its button uses the link up.

Opening the page does not use it up, because Chat and mail programs open links before people do.
"""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from jobs.to_google.id_token import Identity
from models.accounts import connect_links
from models.accounts.queries import display_name_of
from models.accounts.sessions import SignedInUser
from models.errors import AppError
from models.security.secrets import may_be_secret
from models.tables.accounts import ADMIN_LINK, PERSONAL, ConnectLink
from web.security.guards import guessable
from web.setup.presses import PressStatus, presses_of
from web.sign_in.sign_in import LinkExpired, OtherAddress, SignIn
from web.sign_in.views import problem


def connect_pages(sign_in: SignIn) -> Blueprint:
    """Return the endpoints /connect/<secret>.

    Where Google signs people in, the account has to be that of the link. Else the link itself
    identifies the person: Google Chat verified the e-mail address, and showed the link to that person alone.
    So does an admin link, which the operator made for an admin.
    """
    doors = Blueprint("connect_link", __name__)

    @doors.get("/connect/<secret>")
    @guessable
    def look(secret: str) -> ResponseReturnValue:
        try:
            ticket, name = _opened(sign_in, secret)
        except LinkExpired as gone:
            return problem(gone, "")
        person = sign_in.sessions.current()
        return render_template(
            "connect.html",
            ticket=ticket,
            name=name,
            secret=secret,
            has_google=_needs_google(sign_in, ticket),
            is_admin_link=ticket.purpose == ADMIN_LINK,
            person=person,
            presses=_presses(sign_in, ticket, person),
        )

    @doors.get("/connect/<secret>/google")
    @guessable
    def to_google(secret: str) -> ResponseReturnValue:
        try:
            ticket, _ = _opened(sign_in, secret)
            answer = sign_in.moved() or sign_in.to_google("", ticket=secret, hint=ticket.email)
        except AppError as error:
            return problem(error, f"/connect/{secret}")
        return answer

    @doors.post("/connect/<secret>")
    @guessable
    def enter(secret: str) -> ResponseReturnValue:
        try:
            ticket, name = _opened(sign_in, secret)
            return sign_in.admit_by_ticket(_who(sign_in, ticket, name), secret)
        except AppError as error:
            return problem(error, request.path)

    return doors


def _opened(sign_in: SignIn, secret: str) -> tuple[ConnectLink, str]:
    """Return a link that is still valid and the name of its person. Raises LinkExpired."""
    if not may_be_secret(secret):
        raise LinkExpired
    with sign_in.database.reading_all() as session:
        ticket = connect_links.peek(session, secret)
        if ticket is None:
            raise LinkExpired
        return ticket, display_name_of(session, ticket.email)


def _presses(sign_in: SignIn, ticket: ConnectLink, person: SignedInUser | None) -> tuple[PressStatus, ...]:
    """Return what waits for the person of a link; nothing where the link alone does not prove who looks."""
    is_known = not _needs_google(sign_in, ticket) or (person is not None and person.email == ticket.email)
    if ticket.purpose != PERSONAL or ticket.tenant_id is None or not is_known:
        return ()
    with sign_in.database.reading(ticket.tenant_id) as session:
        return presses_of(session, ticket.tenant_id, ticket.email)


def _needs_google(sign_in: SignIn, ticket: ConnectLink) -> bool:
    """Return whether Google has to say who looks. A link of the command line is for when it cannot."""
    return sign_in.google.is_there and ticket.purpose != ADMIN_LINK


def _who(sign_in: SignIn, ticket: ConnectLink, name: str) -> Identity:
    """Return who presses the button. Raises OtherAddress if Google's account is another person's."""
    if not _needs_google(sign_in, ticket):
        return Identity(ticket.email, name)
    person = sign_in.sessions.current()
    if person is None or person.email != ticket.email:
        raise OtherAddress
    return Identity(person.email, person.display_name)
