"""Sessions: browsers of people who signed in; the cookie's secret is kept as its hash alone."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.clock import now


class SignedIn(Base):
    """One browser of one person, who is known by a verified e-mail and may belong to several tenants.

    `tenant_id` is the tenant looked at now. `space` is where in Chat the person came from, if they did:
    what was asked for there is answered there. Ends at `expires_at`, or when unused for long.
    """

    __tablename__ = "sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    display_name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    tenant_id: Mapped[int | None] = mapped_column(ForeignKey("tenants.id", ondelete="SET NULL"))
    space: Mapped[str | None] = mapped_column(String(255))
    space_title: Mapped[str] = mapped_column(String(255), default="", server_default="")
    agent: Mapped[str] = mapped_column(String(255), default="", server_default="")
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
