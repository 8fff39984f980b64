"""Names: what Pipedrive's ids are called, remembered per tenant."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from models.base import Base, Json, TenantOwned
from models.clock import now
from models.pipedrive.names import Name, Names


class KnownName(TenantOwned, Base):
    """One name. `kind` and `key` as in `models.pipedrive.names`; `more` holds what else is worth knowing."""

    __tablename__ = "names"
    __own_key__ = ("kind", "key")

    tenant_id: Mapped[int] = mapped_column(ForeignKey("tenants.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    text: Mapped[str] = mapped_column(String(500))
    more: Mapped[dict[str, Any]] = mapped_column(Json, default=dict)
    fetched_at: Mapped[datetime] = mapped_column(default=now)


def known_names(session: Session, tenant_id: int, wanted: Iterable[tuple[str, str]] | None = None) -> Names:
    """Return a tenant's names: all of them, or those of the wanted (kind, key) pairs."""
    query = select(KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    query = query.where(KnownName.tenant_id == tenant_id)
    if wanted is not None:
        pairs = set(wanted)
        query = query.where(KnownName.key.in_({key for _, key in pairs}))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in session.execute(query)})


def field_names(session: Session, tenant_id: int) -> Names:
    """Return the names of a tenant's custom fields: all that reading its filters needs."""
    is_field = KnownName.kind.like("%\\_field", escape="\\")
    query = select(KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    rows = session.execute(query.where(KnownName.tenant_id == tenant_id, is_field))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in rows})
