"""Heartbeats: when each part of the product was last known to serve, so that an outage leaves a trace."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class Heartbeat(Base):
    """The last sign of life of a part (`door`, `worker`), written by whichever of its processes."""

    __tablename__ = "heartbeats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]
