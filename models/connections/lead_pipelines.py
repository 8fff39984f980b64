"""Reads which pipelines of Pipedrive have deals that a team takes for leads."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.tables.leads import LeadPipeline


def lead_pipelines_of(session: Session, tenant_id: int) -> frozenset[str]:
    """Return the ids of the chosen pipelines of a tenant; none for most tenants."""
    mine = select(LeadPipeline.pipeline_id).where(LeadPipeline.tenant_id == tenant_id)
    return frozenset(session.scalars(mine))


def chosen_times(session: Session, tenant_id: int) -> dict[str, datetime]:
    """Return since when the deals of each chosen pipeline are leads."""
    columns = select(LeadPipeline.pipeline_id, LeadPipeline.chosen_at)
    rows = session.execute(columns.where(LeadPipeline.tenant_id == tenant_id))
    return {row.pipeline_id: row.chosen_at for row in rows}
