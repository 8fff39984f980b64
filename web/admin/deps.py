"""What the admin pages share: the database as the signed-in person, and how pages and acts are answered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from flask import Response as FlaskResponse
from flask import redirect, render_template, request
from werkzeug.wrappers import Response

from bot.text.format import ago, clean, moment
from models.accounts.actor import Actor
from models.accounts.queries import find_user
from models.accounts.rights import Action, role_text
from models.accounts.sessions import SignedInUser
from models.accounts.tokens import actor_of_user
from models.clock import now
from models.database.engine import Database, Session
from models.database.row_ids import row_id
from models.errors import NotAllowed, NotFound
from models.settings import Settings
from models.tables.accounts import ROLES
from web.incoming.wsgi import STREAMED
from web.security.sessions import Sessions

# The pages in the order of their links, each with the right that it needs.
PAGES: Final = (
    ("/admin", "Deliveries", Action.LOG_READ),
    ("/admin/figures", "Figures", Action.LOG_READ),
    ("/admin/rules", "Rules", Action.RULE_READ),
    ("/admin/destinations", "Destinations", Action.SPACE_READ),
    ("/admin/intake", "Intake", Action.CONNECTION_CHANGE),
    ("/admin/people", "People", Action.PEOPLE_READ),
    ("/admin/access", "Access", Action.API_ACCESS),
    ("/admin/audit", "Audit trail", Action.AUDIT_READ),
    ("/admin/data", "Data", Action.RETENTION_CHANGE),
)

# Only these are shown, whatever the URL asks for.
FLASHES: Final = {
    "retried": "It is sent again.",
    "paused": "Paused: nothing is sent there until somebody resumes it.",
    "resumed": "Resumed: cards go there again.",
    "tested": "A test card is on the way.",
    "role": "The new role holds from now on.",
    "invited": "Invited. They can say /pipenotify in a linked space, or sign in here.",
    "removed": "Erased from the team. Only an invitation brings them back.",
    "ended": "That browser is signed out.",
    "program-ended": "That session is ended; its token may still open another.",
    "retention": "Kept like this from now on; what is older is deleted within a day.",
    "encrypting": "What comes from now on is encrypted; what is kept already follows by itself.",
    "decrypting": "What comes from now on is kept as plain text; what is kept already follows by itself.",
    "chosen": "Kept. Look at the rows again before you start.",
    "started": "Started: it is written row by row.",
    "discarded": "Dropped: nothing was written.",
    "undoing": "Being undone: what the import made is deleted row by row.",
    "revoked": "Revoked: it is refused from now on.",
}


@dataclass(frozen=True, slots=True)
class AdminDeps:
    """The dependencies of the pages' endpoints. `wake` is called after a commit that made something due."""

    settings: Settings
    database: Database
    sessions: Sessions
    wake: Callable[[], None]

    @contextmanager
    def reading(self) -> Iterator[tuple[Session, Actor]]:
        """A session of the person's selected tenant, which only reads, and the person as its actor."""
        with self.database.reading(self._tenant()) as session:
            yield session, self._actor(session)

    @contextmanager
    def writing(self) -> Iterator[tuple[Session, Actor]]:
        """A session of the person's selected tenant, and the person as its actor."""
        with self.database.writing(self._tenant()) as session:
            yield session, self._actor(session)

    def person(self) -> SignedInUser:
        """Return who is signed in; the guard before the view ensures that somebody is."""
        found = self.sessions.current()
        if found is None:
            raise NotFound("nobody is signed in")
        return found

    def page(self, template: str, **shown: Any) -> str:
        """Return a page; what it shows was read before, so that no transaction waits for the drawing."""
        person = self.person()
        return render_template(
            f"admin/{template}",
            person=person,
            pages=[(path, name) for path, name, right in PAGES if person.may(right)],
            may=lambda action: person.may(Action[action]),
            flash=FLASHES.get(request.args.get("said", "")),
            roles={role: role_text(role) for role in ROLES},
            ago=lambda at: ago(at, now()),
            exact=lambda at: f"{moment(at)} UTC",
            clean=clean,
            **shown,
        )

    def done(self, path: str, flash: str) -> Response:
        """Wake the workers, and show a page with one line about what was done."""
        self.wake()
        return redirect(f"{path}?said={flash}#said", 303)

    def _tenant(self) -> int:
        tenant_id = self.person().tenant_id
        if tenant_id is None:
            raise NotAllowed(user_message="You belong to no team yet. Ask an admin of yours to invite you.")
        return tenant_id

    def _actor(self, session: Session) -> Actor:
        """Return the person as they are a user now. Raises NotAllowed for one removed a moment ago."""
        user = find_user(session, self._tenant(), self.person().email)
        if user is None:
            raise NotAllowed(user_message="You are no user of this team any more.")
        return actor_of_user(session, user)


def streamed_file(pieces: Iterator[bytes], name: str, mimetype: str = "application/json") -> Response:
    """Return a file to download, made while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    answer = FlaskResponse(pieces, mimetype=mimetype, headers=headers)
    answer.headers.add(*STREAMED)
    return answer


def id_in_form(field: str) -> int:
    """Return an id from a form. Raises NotFound if it is none."""
    found = row_id(request.form.get(field, ""))
    if found is None:
        raise NotFound
    return found


def number_in_form(field: str) -> int:
    """Return a number from a form, 0 without one. Raises NotFound if it is none."""
    return id_in_form(field) if request.form.get(field) else 0


def id_in_query(field: str) -> int | None:
    """Return an id from the URL, None without one. Raises NotFound if it is none."""
    given = request.args.get(field, "")
    found = row_id(given) if given else None
    if given and found is None:
        raise NotFound
    return found
