"""OAuth flows: consents that are under way, each good once and for a few minutes, in one browser."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.clock import now

SIGN_IN: Final = "sign_in"  # with Google
CONNECT: Final = "connect"  # a tenant's Pipedrive
PERSONAL: Final = "personal"  # a person's own Pipedrive
INSTALL: Final = "install"  # a code that came without our state: kept until its person is known


class OAuthFlow(Base):
    """One consent under way, found by the SHA-256 of its state (of an install: of a handle of ours).

    `browser_hash` is the SHA-256 of a secret that only the starting browser has. `secret` is closed in the
    vault (place `0|oauth_flows|secret|<state_hash>`): the PKCE verifier, or the code of an install.
    `return_to` is a path of ours, never an address.
    """

    __tablename__ = "oauth_flows"

    id: Mapped[int] = mapped_column(primary_key=True)
    state_hash: Mapped[str] = mapped_column(String(64), unique=True)
    purpose: Mapped[str] = mapped_column(String(20))
    browser_hash: Mapped[str] = mapped_column(String(64))
    secret: Mapped[str] = mapped_column(Text)
    nonce: Mapped[str] = mapped_column(String(64), default="", server_default="")
    email: Mapped[str | None] = mapped_column(String(320))
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"))
    return_to: Mapped[str] = mapped_column(String(500), default="", server_default="")
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
