"""Leads that an admin imports from a file: the import, and its rows."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, Leased, TenantOwned
from models.tables.types.encrypted import SEARCH, EncryptedJson, EncryptedText


class ImportState(StrEnum):
    """The values of `lead_imports.state`."""

    DRAFT = "draft"  # shown to be checked; nothing is written before somebody starts it
    RUNNING = "running"
    DONE = "done"
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportRowState(StrEnum):
    """The values of `lead_import_rows.state`."""

    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"  # nothing more is tried; `reason` says why
    UNDONE = "undone"  # what it made is deleted again
    LEFT = "left"  # not deleted, or not all of it, when the import was undone; `reason` says why


class LeadImport(Leased, TenantOwned, Base):
    """One file of leads.

    `content` is its text while it is a draft, empty later. `header` are the names of its columns, and
    `columns` tells which of them holds what (`{"email": 2}`). `currency` is that of values without one.
    `routes`: its leads are routed. `problem` says why it waits; it goes on at `next_attempt_at`.
    """

    __tablename__ = "lead_imports"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        Index(
            "ix_lead_imports_due",
            "next_attempt_at",
            sqlite_where=text("state IN ('running', 'undoing')"),
            postgresql_where=text("state IN ('running', 'undoing')"),
        ),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    made_by: Mapped[str] = mapped_column(String(320), default="", server_default="")
    state: Mapped[str] = mapped_column(
        String(12), default=ImportState.DRAFT, server_default=ImportState.DRAFT
    )
    content: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    header: Mapped[list[str]] = mapped_column(EncryptedJson(list), default=list)
    columns: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    currency: Mapped[str] = mapped_column(String(3), default="EUR", server_default="EUR")
    routes: Mapped[bool] = mapped_column(default=False, server_default="0")
    problem: Mapped[str] = mapped_column(Text, default="", server_default="")
    next_attempt_at: Mapped[datetime] = mapped_column(default=now)
    created_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class LeadImportRow(TenantOwned, Base):
    """One row of a file, and what became of it in Pipedrive.

    `cells` are its texts as the file has them. `email` and `organization` (in small letters) are for finding
    earlier rows of the same; an encrypted e-mail is found by its `email_key`. The ids are of what was made or
    found, each stored as soon as it is known; the `marks` are fingerprints of what the import itself made, by
    kind, to see whether somebody changed it.
    """

    __tablename__ = "lead_import_rows"
    __table_args__ = (
        UniqueConstraint("tenant_id", "id"),
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["lead_imports.tenant_id", "lead_imports.id"], ondelete="CASCADE"
        ),
        Index("ix_lead_import_rows_state", "tenant_id", "import_id", "state", "id"),
        Index("ix_lead_import_rows_email", "tenant_id", "email"),
        Index("ix_lead_import_rows_email_key", "tenant_id", "email_key"),
        Index("ix_lead_import_rows_organization", "tenant_id", "import_id", "organization"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int]
    line: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(EncryptedJson(list))
    email: Mapped[str] = mapped_column(
        EncryptedText, default="", server_default="", info={SEARCH: "email_key"}
    )
    email_key: Mapped[str] = mapped_column(String(64), default="", server_default="")
    organization: Mapped[str] = mapped_column(String(255), default="", server_default="")
    state: Mapped[str] = mapped_column(
        String(12), default=ImportRowState.PENDING, server_default=ImportRowState.PENDING
    )
    reason: Mapped[str] = mapped_column(EncryptedText, default="", server_default="")
    attempts: Mapped[int] = mapped_column(default=0, server_default="0")
    organization_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    person_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    lead_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    note_id: Mapped[str] = mapped_column(String(64), default="", server_default="")
    marks: Mapped[dict[str, Any]] = mapped_column(EncryptedJson, default=dict)
    started_at: Mapped[datetime | None]
