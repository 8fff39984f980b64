"""Hides removed rows: no ORM statement finds a row that people have removed, whatever the caller forgot.

History names the rows, so they stay until it is deleted (`models.tables.base.Removable`). Rewriting it would
be a statement that grows with it.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, with_loader_criteria

from models.tables.base import Removable

WITH_REMOVED: Final = {"with_removed": True}  # execution options of a statement that wants them


@event.listens_for(Session, "do_orm_execute")
def _hide_removed_rows(state: ORMExecuteState) -> None:
    if state.execution_options.get("with_removed") or state.is_column_load or state.is_relationship_load:
        return
    if state.is_select or state.is_update or state.is_delete:
        state.statement = state.statement.options(
            with_loader_criteria(Removable, lambda row: row.removed_at.is_(None), include_aliases=True)
        )
