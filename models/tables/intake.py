"""Forms on web sites that make leads, and what was entered in them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, Leased, TenantOwned, to_one


class SubmissionState(StrEnum):
    """The values of `intake_submissions.state`."""

    PENDING = "pending"
    WRITING = "writing"
    DONE = "done"
    DEAD = "dead"  # given up; admins were notified, and an admin can try it again


OPEN_SUBMISSIONS: Final = (SubmissionState.PENDING, SubmissionState.WRITING)


class IntakeForm(TenantOwned, Base):
    """One form, found by the SHA-256 of the token in its address, which nobody can read again.

    `origins` are the sites whose pages may send it from a browser (`https://acme.example`). `consent` is what
    whoever fills it in agrees to, empty where nobody is asked. `last_four` are the last characters of the
    token, so that people recognise it. Nothing is taken after `revoked_at`.
    """

    __tablename__ = "intake_forms"
    __table_args__ = (UniqueConstraint("tenant_id", "id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    last_four: Mapped[str] = mapped_column(String(4))
    origins: Mapped[list[str]] = mapped_column(Json)
    consent: Mapped[str] = mapped_column(Text, default="", server_default="")
    made_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    revoked_at: Mapped[datetime | None]


class IntakeSubmission(Leased, TenantOwned, Base):
    """What somebody entered in a form, and how far it is in Pipedrive.

    `key` is the same for every repeat of one request. `consent` is the wording that was agreed to at
    `created_at`. The ids are of what was made or found in Pipedrive, each stored as soon as it is known.
    `joined_id` is the earlier submission of the same e-mail whose lead gets this one's message as a note.
    `problem` says why it is not done.
    """

    __tablename__ = "intake_submissions"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        UniqueConstraint("tenant_id", "key"),
        ForeignKeyConstraint(
            ["tenant_id", "form_id"], ["intake_forms.tenant_id", "intake_forms.id"], ondelete="CASCADE"
        ),
        Index("ix_intake_submissions_form", "tenant_id", "form_id", "id"),
        Index("ix_intake_submissions_email", "tenant_id", "email", "id"),
        Index("ix_intake_submissions_created", "created_at"),
        Index(
            "ix_intake_submissions_due",
            "next_attempt_at",
            sqlite_where=text("state IN ('pending', 'writing')"),
            postgresql_where=text("state IN ('pending', 'writing')"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    form_id: Mapped[int]
    key: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(255), default="", server_default="")
    email: Mapped[str] = mapped_column(String(320), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    organization: Mapped[str] = mapped_column(String(255), default="", server_default="")
    title: Mapped[str] = mapped_column(String(255))
    message: Mapped[str] = mapped_column(Text, default="", server_default="")
    consent: Mapped[str] = mapped_column(Text, default="", server_default="")
    joined_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(
        String(12), default=SubmissionState.PENDING, server_default=SubmissionState.PENDING
    )
    organization_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    person_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    lead_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    note_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    problem: Mapped[str] = mapped_column(Text, default="", server_default="")
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]

    form: Mapped[IntakeForm] = to_one()
