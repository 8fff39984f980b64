"""The page of the link in each mail: it switches the mails of one destination off."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from models.database.engine import Database
from models.destinations.actions import unsubscribe
from models.destinations.queries import destination_of_uid
from models.errors import NotAllowed
from models.security.signed_links import UNSUBSCRIBE, read_signed
from models.settings import Settings
from models.tables.destinations import Destination
from web.security.guards import guessable, own_proof


class LinkInvalid(NotAllowed):
    """Raised for a link that is not ours, and for one whose destination is gone."""

    user_message = "This link is not valid, or not any more: nothing is sent to that address by it."


def unsubscribe_pages(settings: Settings, database: Database) -> Blueprint:
    """Return the routes /unsubscribe/<token>.

    Opening the page changes nothing, for mail programs open links before people do. Its button switches the
    mails off, and so does the button of a mail program (one click, RFC 8058). The token is the proof.
    """
    doors = Blueprint("unsubscribe", __name__)

    @doors.get("/unsubscribe/<token>")
    @guessable
    def ask(token: str) -> ResponseReturnValue:
        found = _destination(settings, database, token)
        return _page(token, found, is_off=not found.is_active)

    @doors.post("/unsubscribe/<token>")
    @own_proof
    @guessable
    def switch_off(token: str) -> ResponseReturnValue:
        found = _destination(settings, database, token)
        with database.writing(found.tenant_id) as session:
            destination = destination_of_uid(session, found.uid)
            if destination is None:
                raise LinkInvalid
            unsubscribe(session, destination)
        return _page(token, found, is_off=True)

    return doors


def _page(token: str, found: Destination, *, is_off: bool) -> ResponseReturnValue:
    return render_template("unsubscribe.html", token=token, email=found.address, is_off=is_off)


def _destination(settings: Settings, database: Database, token: str) -> Destination:
    """Return the e-mail destination of a link. Raises LinkInvalid."""
    uid = read_signed(settings.secret_key, UNSUBSCRIBE, token)
    with database.reading_all() as session:
        found = destination_of_uid(session, uid) if uid else None
    if found is None:
        raise LinkInvalid
    return found
