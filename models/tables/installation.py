"""The installation: what holds for all tenants of a database."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.base import Base


class InstallationValue(Base):
    """One value of the installation by its name, e.g. the fingerprint of its encryption key."""

    __tablename__ = "installation"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(255))
