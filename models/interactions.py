"""Interactions: what Chat sent and how it was answered, so that a repeat acts once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base, Json
from models.clock import now


class SeenInteraction(Base):
    """One interaction that acted. `key` hashes user, message name, eventTime, type and action."""

    __tablename__ = "interactions"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    reply: Mapped[Any | None] = mapped_column(Json)
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)
