"""Asks Pipedrive which deals were made of leads that somebody archived there."""

from __future__ import annotations

import queue
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

import structlog

from jobs.deliveries.parts import work_in_parts
from jobs.names.cool_down import CoolDown
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import BACKGROUND_HALF, Pipedrive
from models.clock import monotonic, now
from models.database.engine import Database, DatabaseRefusal
from models.errors import AppError, DatabaseUnavailable
from models.leads.ends.origins import OriginQuestion
from models.leads.mirror import name_deals
from models.pipedrive.deal_leads import deals_by_lead
from models.pipedrive.name_refs import id_key

TIMEOUT_S: Final = 5.0
FAILED_S: Final = 30.0  # after a question that was not answered, and longer each time

FoundDeal = tuple[int, str, str]  # tenant, lead, deal

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

        A team that cannot be asked, or a lead whose deal cannot be stored, keeps no other waiting. Raises
        DatabaseUnavailable, and at the end what the database refused for another reason.
        """
        leads: dict[int, set[str]] = defaultdict(set)
        while not self._questions.empty():
            question = self._questions.get()
            leads[question.tenant_id].add(question.lead_id)
        refused: list[DatabaseRefusal] = []
        for tenant_id in sorted(leads):
            if self._rests.is_active(tenant_id):
                continue
            try:
                self._find(tenant_id, leads[tenant_id])
            except DatabaseRefusal as error:
                self._rests.start(tenant_id, FAILED_S, grows=True)
                refused.append(error)
        if refused:
            raise refused[0]
        return bool(leads)

    def _find(self, tenant_id: int, leads: set[str]) -> None:
        try:
            found = self._pipedrive.as_tenant(
                tenant_id, _deals_by_lead, spending=BACKGROUND_HALF, timeout_s=TIMEOUT_S
            )
        except (DatabaseUnavailable, DatabaseRefusal):
            raise
        except Exception as error:
            if isinstance(error, AppError):
                log.info("lead.deal_not_asked", tenant_id=tenant_id, why=str(error)[:200])
            else:
                log.exception("lead.deal_not_asked", tenant_id=tenant_id)
            self._rests.start(tenant_id, FAILED_S, grows=True)
            return
        self._rests.reset(tenant_id)
        deals = [(tenant_id, lead, found[lead]) for lead in sorted(leads) if lead in found]
        if deals:
            work_in_parts(self._database, deals, lambda each: each[0], self._store, _give_up)

    def _store(self, deals: Sequence[FoundDeal]) -> None:
        tenant_id = deals[0][0]
        with self._database.writing(tenant_id) as session:
            named = name_deals(session, {(tenant_id, lead): deal for _, lead, deal in deals}, now())
        log.info("lead.deals_found", tenant_id=tenant_id, leads=named)


def _give_up(found: FoundDeal, error: Exception) -> None:
    """The lead is asked about again when it is looked at the next time, later each time."""
    log.error("lead.deal_not_stored", exc_info=error, tenant_id=found[0], object_id=found[1])


def _deals_by_lead(api: PipedriveApi) -> dict[str, str]:
    """Return by lead the deals that were changed last."""
    ids = ((id_key(each.get("id")), each) for each in api.deals_with_leads())
    return deals_by_lead((deal, each) for deal, each in ids if deal)
