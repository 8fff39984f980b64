"""What programs call REST with: tokens, the sessions they are exchanged for, and answers kept for repeats."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.chance import new_id
from models.clock import now
from models.tables.accounts import User
from models.tables.base import Base, Json, TenantOwned, to_one
from models.tables.types.encrypted import EncryptedText


class ApiToken(TenantOwned, Base):
    """A token of one user, found by the SHA-256 of its secret, which nobody can read again.

    `scopes` are a list like `read:rules`; what the user's role does not allow is of no use. `last_four` are
    the last characters of the secret, so that people recognise it. It ends at `expires_at`, or when revoked.
    """

    __tablename__ = "api_tokens"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
        Index("ix_api_tokens_user", "tenant_id", "user_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int]
    name: Mapped[str] = mapped_column(String(100), default="", server_default="")
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_four: Mapped[str] = mapped_column(String(4), default="", server_default="")
    scopes: Mapped[list[str]] = mapped_column(Json)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    user: Mapped[User] = to_one()


class ApiSession(TenantOwned, Base):
    """What a token was exchanged for: all access and refresh tokens that follow from it share its `uid`.

    It ends with its token, at `ended_at`, or when it was not refreshed until `expires_at`.
    """

    __tablename__ = "api_sessions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "token_id"], ["api_tokens.tenant_id", "api_tokens.id"], ondelete="CASCADE"
        ),
        Index("ix_api_sessions_token", "tenant_id", "token_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    token_id: Mapped[int]
    uid: Mapped[str] = mapped_column(String(32), unique=True, default=new_id)
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    token: Mapped[ApiToken] = to_one()


class RefreshToken(TenantOwned, Base):
    """One refresh token of a session, found by the SHA-256 of its secret. It is good once: `used_at`."""

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "session_id"], ["api_sessions.tenant_id", "api_sessions.id"], ondelete="CASCADE"
        ),
        Index("ix_refresh_tokens_session", "tenant_id", "session_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    used_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    session: Mapped[ApiSession] = to_one()


class IdempotentAnswer(TenantOwned, Base):
    """The answer to a request with an `Idempotency-Key`, by the SHA-256 of the key.

    `request_hash` is of method, path, parameters and body; `body` is the JSON that was answered.
    """

    __tablename__ = "idempotent_answers"
    __own_key__ = ("user_id", "key_hash")
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "user_id"], ["users.tenant_id", "users.id"], ondelete="CASCADE"),
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    key_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(EncryptedText)
    created_at: Mapped[datetime] = mapped_column(default=now, index=True)
