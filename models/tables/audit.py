"""The audit trail: one entry for each act, chained by HMACs, and how far it reaches."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from models.clock import now
from models.tables.base import Base, Json, TenantOwned


class AuditEntry(TenantOwned, Base):
    """One act. `number` counts per tenant; `chained` is an HMAC over the entry before it and this one.

    `details` of an act in a browser or by a program hold under `request` which request it was, from which
    address, and what the client calls itself (`models.security.request_origin`).
    """

    __tablename__ = "audit_entries"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "number"))

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int]
    actor: Mapped[str] = mapped_column(String(320))
    action: Mapped[str] = mapped_column(String(60))
    object: Mapped[str] = mapped_column(String(320))
    details: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    chained: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(default=now)


class AuditAnchor(TenantOwned, Base):
    """The number of a tenant's newest entry; `proof` is an HMAC over tenant, number and that entry's own.

    Entries up to `start_number` were deleted by their age; `start_chain` is what the last of them had as
    `chained`, and `start_proof` an HMAC over both.
    """

    __tablename__ = "audit_anchors"
    __own_key__ = ()

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    number: Mapped[int]
    proof: Mapped[str] = mapped_column(String(64))
    start_number: Mapped[int] = mapped_column(default=0, server_default="0")
    start_chain: Mapped[str] = mapped_column(String(64), default="", server_default="")
    start_proof: Mapped[str] = mapped_column(String(64), default="", server_default="")


@event.listens_for(AuditEntry, "before_update")
@event.listens_for(AuditEntry, "before_delete")
def _refuse(*_: Any) -> None:
    msg = "audit entries are written once"
    raise TypeError(msg)
