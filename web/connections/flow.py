"""Consents at Pipedrive, from the redirect there to a stored connection.

A consent is bound to the browser that began it, and to the person signed in there. A code that came without
such a beginning (an install from Pipedrive's Marketplace, or nobody signed in) is kept encrypted until a
signed-in person of that browser confirms that it is theirs. It is redeemed once, outside any transaction, and
the result is stored in one; a crash in between loses only the consent.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import urlencode

import orjson
import structlog

from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import PipedriveRefused
from jobs.to_pipedrive.http import TIMEOUT_S
from jobs.to_pipedrive.oauth import Granted, GrantRefused, NotConnected
from models.accounts import oauth_flows, sessions
from models.accounts.oauth_flows import Flow, FlowUnknown, challenge_of, new_verifier
from models.accounts.sessions import SignedInUser
from models.card_actions.actions import begin_waiting
from models.connections.company_owner import Requester
from models.connections.connect import Connected, connect
from models.connections.connect_person import connect_person
from models.database.engine import Database
from models.errors import AppError, RateLimited, TemporaryFailure
from models.pipedrive.rest.me import Me, read_me
from models.security.vault import Vault
from models.settings import Settings
from models.tables.accounts import CONNECT, INSTALL, PERSONAL
from web.connections.errors import (
    AccessUseless,
    CodeNotAccepted,
    CompanyClosed,
    NoApp,
    OtherAccount,
    OtherTenant,
    PipedriveAway,
    PipedriveBusy,
    SignedOut,
)

PIPEDRIVE: Final = "pipenotify.pipedrive"
CALLBACK: Final = "/api/v1/oauth/callback"
CODE_MINUTES: Final = 5  # how long Pipedrive keeps a code
LONGEST_CODE: Final = 2000
# Of the threads that also receive webhooks, a slow Pipedrive may block at most this many.
MOST_AT_ONCE: Final = 6
PATIENCE_S: Final = 1.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Consents:
    """What the OAuth endpoints do. Hashes are of the browser's secret (`Sessions`)."""

    settings: Settings
    database: Database
    vault: Vault
    pipedrive: Pipedrive
    turns: threading.BoundedSemaphore = field(
        default_factory=lambda: threading.BoundedSemaphore(MOST_AT_ONCE), repr=False
    )

    @property
    def redirect_uri(self) -> str:
        """The redirect URI exactly as registered at Pipedrive."""
        return f"{self.settings.base_url}{CALLBACK}"

    def begin(self, purpose: str, person: SignedInUser | None, browser_hash: str) -> str:
        """Store a new consent and return Pipedrive's URL where it is given. Raises NoApp."""
        self._check_app()
        verifier = new_verifier()
        with self.database.writing_all() as session:
            state = oauth_flows.begin(
                session,
                self.vault,
                purpose=purpose,
                browser_hash=browser_hash,
                secret=verifier,
                email=person.email if person else None,
                tenant_id=person.tenant_id if person else None,
            )
        asked = {
            "client_id": self.settings.pipedrive_client_id,
            "redirect_uri": self.redirect_uri,
            "state": state,
            "code_challenge": challenge_of(verifier),
            "code_challenge_method": "S256",
        }
        return f"{self.settings.pipedrive_oauth_url}/oauth/authorize?{urlencode(asked)}"

    def take(self, state: str, browser_hash: str | None) -> Flow:
        """Redeem a state once. Raises FlowUnknown, FlowExpired, FlowElsewhere."""
        with self.database.writing_all() as session:
            return oauth_flows.take(session, self.vault, state, browser_hash, (CONNECT, PERSONAL))

    def park(self, code: str, flow: Flow | None, browser_hash: str) -> str:
        """Keep a code until a signed-in person of this browser confirms that it is theirs; return its handle.

        Raises SignedOut, and FlowUnknown if it cannot be a code.
        """
        if flow is not None and flow.purpose == PERSONAL:
            raise SignedOut
        kept = {"code": _fitting(code), "verifier": flow.secret if flow else ""}
        with self.database.writing_all() as session:
            return oauth_flows.begin(
                session,
                self.vault,
                purpose=INSTALL,
                browser_hash=browser_hash,
                secret=orjson.dumps(kept).decode(),
                email=flow.email if flow else None,
                tenant_id=flow.tenant_id if flow else None,
                minutes=CODE_MINUTES,
            )

    def confirm(self, handle: str, team: str, person: SignedInUser, browser_hash: str | None) -> Connected:
        """Redeem a parked code for the tenant that the page named. Raises as `finish`, and OtherTenant."""
        if team != str(person.tenant_id or ""):
            raise OtherTenant
        with self.database.writing_all() as session:
            flow = oauth_flows.take(session, self.vault, handle, browser_hash, (INSTALL,))
        kept: dict[str, str] = orjson.loads(flow.secret)
        ours = replace(flow, secret=kept["verifier"], tenant_id=person.tenant_id)
        return self.finish(kept["code"], ours, person)

    def finish(self, code: str, flow: Flow, person: SignedInUser) -> Connected:
        """Redeem a code and store the tenant's connection.

        Raises OtherAccount, CodeNotAccepted, AccessUseless, CompanyClosed, PipedriveAway, PipedriveBusy,
        NotConnected, OutsideStaging, and as `models.connections.company_owner.join`.
        """
        granted, me = self._redeem(code, flow, person)
        asked = Requester(person.email, person.display_name, flow.tenant_id, person.space, person.space_title)

        def closed(tenant_id: int) -> dict[str, Any]:
            return self.pipedrive.tokens.closed(tenant_id, granted)

        with self.database.writing_all() as session:
            made = connect(session, asked, me, self.settings, closed)
            begin_waiting(session, made.joined.tenant_id, person.email)
            sessions.switch_tenant(session, person.session_id, made.joined.tenant_id)
        log.info("pipedrive.connected", tenant_id=made.joined.tenant_id, how=made.joined.how)
        return made

    def finish_personal(self, code: str, flow: Flow, person: SignedInUser) -> None:
        """Redeem a code and store the person's own connection; what they pressed before begins now.

        Raises as `finish`, and InvalidRequest.
        """
        granted, me = self._redeem(code, flow, person)
        tenant_id = flow.tenant_id
        if tenant_id is None or tenant_id != person.tenant_id:
            raise OtherTenant

        def closed(user_id: int | None) -> dict[str, Any]:
            tokens = self.pipedrive.tokens
            if user_id is None:
                return tokens.closed(tenant_id, granted)
            return tokens.closed_personal(tenant_id, user_id, granted)

        with self.database.writing(tenant_id) as session:
            connect_person(session, tenant_id, person.email, me, closed)
            begin_waiting(session, tenant_id, person.email)
        log.info("user.connected", tenant_id=tenant_id)

    def _redeem(self, code: str, flow: Flow, person: SignedInUser) -> tuple[Granted, Me]:
        """Exchange a code for tokens and read whose they are: in staging, of a listed company."""
        self._check_app()
        if flow.email is not None and flow.email != person.email:
            raise OtherAccount
        if not self.turns.acquire(timeout=PATIENCE_S):
            raise PipedriveBusy(TIMEOUT_S)
        try:
            granted = self.pipedrive.oauth.redeem(_fitting(code), self.redirect_uri, flow.secret or None)
            me = read_me(self.pipedrive.as_granted(granted).me())
        except RateLimited as busy:
            raise PipedriveBusy(busy.retry_after) from busy
        except TemporaryFailure as away:
            raise PipedriveAway(str(away)) from away
        except (GrantRefused, PipedriveRefused) as refused:
            raise CodeNotAccepted(str(refused)) from refused
        except NotConnected:
            raise
        except AppError as useless:
            is_closed = "answered 402" in str(useless)
            raise (CompanyClosed if is_closed else AccessUseless)(str(useless)) from useless
        finally:
            self.turns.release()
        if me is None:
            raise AccessUseless("/users/me names no user and company")
        self.pipedrive.companies.require_company(me.company_id, me.domain)
        return granted, me

    def _check_app(self) -> None:
        wanted = {
            "PIPEDRIVE_CLIENT_ID": self.settings.pipedrive_client_id,
            "PIPEDRIVE_CLIENT_SECRET": self.settings.pipedrive_client_secret,
        }
        if missing := [name for name, value in wanted.items() if not value]:
            raise NoApp(missing)


def _fitting(code: str) -> str:
    """Return the code. Raises FlowUnknown if it cannot be one."""
    if not (0 < len(code) <= LONGEST_CODE and code.isascii() and code.isprintable()):
        raise FlowUnknown
    return code
