"""Unknown commands: command ids that Chat sent and nobody registered with us; the setup page tells them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.clock import now


class UnknownCommand(Base):
    """One command id of Google's console that this release does not know."""

    __tablename__ = "unknown_commands"

    command_id: Mapped[str] = mapped_column(String(20), primary_key=True)
    times: Mapped[int] = mapped_column(default=1, server_default="1")
    last_at: Mapped[datetime] = mapped_column(default=now)
