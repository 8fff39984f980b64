"""OAuth flows: begun with a state, redeemed once, in the browser that began."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from sqlalchemy import and_, delete, select
from sqlalchemy.orm import Session

from models.clock import now
from models.errors import InvalidRequest
from models.security.secrets import digest_of, may_be_secret, new_secret
from models.security.vault import Vault, associated_data
from models.tables.accounts import OAuthFlow

MINUTES: Final = 10


class FlowUnknown(InvalidRequest):
    """Raised for a state that was never issued, was used already, or has another purpose."""

    code = "FLOW_UNKNOWN"
    user_message = "This answer was used already, or nobody here asked for it. Please start again."


class FlowExpired(InvalidRequest):
    """Raised for a state that was issued too long ago."""

    code = "FLOW_EXPIRED"
    user_message = f"That took longer than the {MINUTES} minutes it may take. Please start again."


class FlowElsewhere(InvalidRequest):
    """Raised when the callback arrives in another browser than the one that began."""

    code = "FLOW_ELSEWHERE"
    user_message = (
        "This was started in another browser, or this browser keeps no cookies. "
        "Please start again here, and finish in the same browser."
    )


@dataclass(frozen=True, slots=True)
class Flow:
    """A flow whose callback arrived. `secret` is the PKCE verifier, or the code of an install."""

    purpose: str
    secret: str = field(repr=False)
    nonce: str
    email: str | None
    tenant_id: int | None
    return_to: str


def new_verifier() -> str:
    """Return a PKCE code verifier: 43 unreserved characters (RFC 7636, section 4.1)."""
    return new_secret()


def challenge_of(verifier: str) -> str:
    """Return the S256 code challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def begin(  # noqa: PLR0913 - all but the purpose, the browser and the secret may be left out
    session: Session,
    vault: Vault,
    *,
    purpose: str,
    browser_hash: str,
    secret: str,
    email: str | None = None,
    tenant_id: int | None = None,
    return_to: str = "",
    nonce: str = "",
    minutes: int = MINUTES,
) -> str:
    """Store a new flow and return its state. The session is a writing one over all tenants.

    `return_to` is a path of ours; `email` is of the person who asked, if signed in.
    """
    state = new_secret()
    state_hash = digest_of(state)
    flow = OAuthFlow(
        state_hash=state_hash,
        purpose=purpose,
        browser_hash=browser_hash,
        secret=vault.close(secret, _place(state_hash)),
        nonce=nonce,
        email=email,
        tenant_id=tenant_id,
        return_to=return_to,
        expires_at=now() + timedelta(minutes=minutes),
    )
    session.add(flow)
    session.flush()
    return state


def take(
    session: Session, vault: Vault, state: str, browser_hash: str | None, purpose_in: Collection[str]
) -> Flow:
    """Redeem a flow and return it: of concurrent callers, one gets it.

    The session is a writing one over all tenants; commit it before the code is redeemed. Another browser
    gets nothing and leaves the flow valid: somebody who saw the URL can neither spoil the consent nor use
    it. Raises FlowUnknown, FlowExpired, FlowElsewhere, SecretUnreadable.
    """
    if not may_be_secret(state):
        raise FlowUnknown
    state_hash = digest_of(state)
    named = and_(OAuthFlow.state_hash == state_hash, OAuthFlow.purpose.in_(purpose_in))
    ours = and_(named, OAuthFlow.browser_hash == (browser_hash or ""), OAuthFlow.expires_at > now())
    taken = delete(OAuthFlow).where(ours).returning(OAuthFlow)
    row = session.scalars(taken.execution_options(synchronize_session=False)).one_or_none()
    if row is None:
        holder = session.scalar(select(OAuthFlow.browser_hash).where(named))
        raise _why_not(holder, browser_hash)
    secret = vault.open(row.secret, _place(state_hash))
    return Flow(row.purpose, secret, row.nonce, row.email, row.tenant_id, row.return_to)


def _why_not(holder: str | None, browser_hash: str | None) -> InvalidRequest:
    if holder is None:
        return FlowUnknown()
    return FlowExpired() if holder == browser_hash else FlowElsewhere()


def _place(state_hash: str) -> str:
    return associated_data(0, "oauth_flows", "secret", state_hash)
