"""Asks Pipedrive which deals were made of leads that somebody archived there."""

from __future__ import annotations

import queue
from collections import defaultdict
from collections.abc import Iterable
from typing import Final

import structlog

from jobs.names.cool_down import CoolDown
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import BACKGROUND_HALF, Pipedrive
from models.clock import monotonic, now
from models.database.engine import Database
from models.errors import AppError, DatabaseUnavailable
from models.leads.ends.origins import OriginQuestion
from models.leads.mirror import name_deals
from models.pipedrive.name_refs import id_key

TIMEOUT_S: Final = 5.0
FAILED_S: Final = 30.0  # after a question that was not answered, and longer each time

log = structlog.get_logger()


class DealFinder:
    """One for each process: `ask` is called where leads are looked at, `step` by a thread that may wait.

    What is lost here, by a kill or because Pipedrive does not answer, is asked when the lead is looked at the
    next time.
    """

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive
        self._questions = queue.SimpleQueue[OriginQuestion]()
        self._rests = CoolDown(monotonic)

    def ask(self, questions: Iterable[OriginQuestion]) -> None:
        """Take questions; they are asked soon."""
        for each in questions:
            self._questions.put(each)

    def step(self) -> bool:
        """Ask all questions, with one call for each team; False if there were none.

        Raises DatabaseUnavailable.
        """
        leads: dict[int, set[str]] = defaultdict(set)
        while not self._questions.empty():
            question = self._questions.get()
            leads[question.tenant_id].add(question.lead_id)
        for tenant_id in sorted(leads):
            if not self._rests.is_active(tenant_id):
                self._find(tenant_id, leads[tenant_id])
        return bool(leads)

    def _find(self, tenant_id: int, leads: set[str]) -> None:
        try:
            found = self._pipedrive.as_tenant(
                tenant_id, _deals_by_lead, spending=BACKGROUND_HALF, timeout_s=TIMEOUT_S
            )
        except DatabaseUnavailable:
            raise
        except AppError as error:
            log.info("lead.deal_not_asked", tenant_id=tenant_id, why=str(error)[:200])
            self._rests.start(tenant_id, FAILED_S, grows=True)
            return
        self._rests.reset(tenant_id)
        deals = {(tenant_id, lead): found[lead] for lead in leads if lead in found}
        if deals:
            with self._database.writing(tenant_id) as session:
                named = name_deals(session, deals, now())
            log.info("lead.deals_found", tenant_id=tenant_id, leads=named)


def _deals_by_lead(api: PipedriveApi) -> dict[str, str]:
    """Return by lead the deals that were changed last."""
    pairs = ((id_key(each.get("source_lead_id")), id_key(each.get("id"))) for each in api.deals_with_leads())
    return {lead: deal for lead, deal in pairs if lead and deal}
