"""API spendings: the ledger of what our calls cost of a company's daily token budget at Pipedrive."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Date, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, TenantOwned


class ApiSpending(TenantOwned, Base):
    """What one tenant's calls cost on one day (UTC), in Pipedrive's tokens, and how many calls it were."""

    __tablename__ = "api_spendings"
    __table_args__ = (UniqueConstraint("tenant_id", "id"), UniqueConstraint("tenant_id", "day"))

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(Date)
    tokens: Mapped[int] = mapped_column(default=0, server_default="0")
    calls: Mapped[int] = mapped_column(default=0, server_default="0")
