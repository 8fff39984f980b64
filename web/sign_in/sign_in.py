"""Signing in: who may, how people prove who they are, and the errors for everybody else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode, urlsplit

import structlog
from flask import make_response, redirect, request
from werkzeug.wrappers import Response

from jobs.to_google.id_token import Identity, SignInRefused
from jobs.to_google.sign_in import GoogleSignIn
from models.accounts import connect_links, oauth_flows, sessions
from models.database.engine import Database
from models.errors import NotAllowed
from models.security.secrets import digest_of, new_secret
from models.security.vault import Vault
from models.settings import Settings
from models.tables.accounts import ADMIN_LINK, PERSONAL, SIGN_IN, ConnectLink
from web.security.hosts import is_loopback
from web.security.rate_limit import FailureCounter
from web.security.sessions import Sessions

SETUP: Final = "/setup"

# Each sign-in is a database row until it ends; an office may begin this many.
MOST_BEGUN: Final = 60
WINDOW_S: Final = 300

log = structlog.get_logger()


class Uninvited(NotAllowed):
    """Raised for somebody who is no user of any tenant, where SIGN_UP is `invited`."""

    code = "UNINVITED"
    user_message = (
        "No team here knows your e-mail address. Ask an admin of your team to add you, "
        "or sign in with the address they know."
    )


class OtherAddress(NotAllowed):
    """Raised when another person signed in than the one the link was given to."""

    code = "OTHER_ADDRESS"
    user_message = (
        "That link was given in Chat to another e-mail address. Open it again and choose that account, "
        "or write /pipenotify connect yourself."
    )


class LinkExpired(SignInRefused):
    """Raised for a connect link that was used, or is too old."""

    code = "TICKET_GONE"
    status = 410
    user_message = (
        "This link was used already or is too old: it is good once, for a quarter of an hour. "
        "Write /pipenotify connect in Chat for another one."
    )


class Denied(SignInRefused):
    """Raised when somebody came back from Google without consent; that is no fault."""

    code = "SIGN_IN_DENIED"
    status = 200
    user_message = "You came back from Google without signing in, so nothing has changed. You can try again."


class TooManySignIns(SignInRefused):
    """Raised when an address begins more sign-ins than a person would."""

    code = "TOO_MANY_SIGN_INS"
    status = 429
    user_message = (
        "Too many people of your network sign in just now. Please wait five minutes, then try again."
    )


@dataclass(frozen=True, slots=True)
class SignIn:
    """Decides who may sign in, and how they prove who they are."""

    settings: Settings
    database: Database
    vault: Vault
    sessions: Sessions
    google: GoogleSignIn
    begun: FailureCounter = field(default_factory=lambda: FailureCounter(MOST_BEGUN, WINDOW_S))

    def to_google(self, back: str, *, ticket: str = "", hint: str = "") -> Response:
        """Send a browser to Google; afterwards it goes to the path `back`, or its connect link is redeemed.

        Raises GoogleAway, TooManySignIns.
        """
        address = request.remote_addr or ""
        if not is_loopback(address) and self.begun.is_too_many(address):
            raise TooManySignIns
        answer = make_response("", 303)
        browser_hash = digest_of(self.sessions.browser(answer))
        verifier, nonce = oauth_flows.new_verifier(), new_secret()
        with self.database.writing_all() as session:
            state = oauth_flows.begin(
                session,
                self.vault,
                purpose=SIGN_IN,
                browser_hash=browser_hash,
                secret=f"{verifier} {ticket}",
                return_to=back,
                nonce=nonce,
            )
        challenge = oauth_flows.challenge_of(verifier)
        answer.location = self.google.consent_url(state, nonce, challenge, hint)
        return answer

    def came_back(self) -> oauth_flows.Flow:
        """Return the sign-in that a callback answers; it is used up, whatever else the callback says.

        Raises FlowUnknown, FlowExpired, FlowElsewhere.
        """
        state, browser_hash = request.args.get("state", ""), self.sessions.browser_hash()
        with self.database.writing_all() as session:
            return oauth_flows.take(session, self.vault, state, browser_hash, (SIGN_IN,))

    def admit(self, who: Identity, back: str) -> Response:
        """Sign a person in and redirect them to where they began. Raises Uninvited."""
        self._check_invitation(who.email)
        answer = redirect(back, 303)
        self.sessions.sign_in(answer, who.email, who.display_name)
        log.info("sign_in.done", by="google")
        return answer

    def admit_by_ticket(self, who: Identity, secret: str) -> Response:
        """Redeem a connect link and sign its person in; the session keeps the space they came from.

        Raises LinkExpired, OtherAddress, Uninvited; then the link stays valid.
        """
        self._check_invitation(who.email)
        with self.database.writing_all() as session:
            ticket = connect_links.redeem(session, secret)
            if ticket is None:
                raise LinkExpired
            if ticket.email != who.email:
                raise OtherAddress  # the rollback keeps the link valid
        answer = redirect(_where_to(ticket), 303)
        self.sessions.sign_in(
            answer,
            who.email,
            who.display_name,
            space=ticket.space,
            space_title=ticket.space_title,
            tenant_id=ticket.tenant_id,
        )
        log.info("sign_in.done", by=self._means(ticket), tenant_id=ticket.tenant_id)
        return answer

    def _means(self, ticket: ConnectLink) -> str:
        if ticket.purpose == ADMIN_LINK:
            return ADMIN_LINK
        return "google" if self.google.is_there else "chat"

    def _check_invitation(self, email: str) -> None:
        if self.settings.sign_up == "open" or email == self.settings.bootstrap_admin:
            return
        with self.database.reading_all() as session:
            if not sessions.memberships(session, email):
                raise Uninvited

    def moved(self) -> Response | None:
        """Redirect a browser that uses another host name of ours to BASE_URL, once: cookies are for one host.

        Google redirects everybody to BASE_URL. Behind a proxy that changes the Host this would redirect in
        circles, so it is tried once.
        """
        here = urlsplit(self.settings.base_url).netloc
        if request.host == here or "moved" in request.args:
            return None
        query = urlencode({**request.args, "moved": 1})
        return redirect(f"{self.settings.base_url}{request.path}?{query}", 303)


def _where_to(ticket: ConnectLink) -> str:
    return {PERSONAL: f"{SETUP}?as=me", ADMIN_LINK: "/admin"}.get(ticket.purpose, SETUP)
