"""The worker that writes to Pipedrive what people pressed on cards, as themselves.

The row is the record: it is claimed under a lease, written outside any transaction, and its end is stored
together with the copies of the card that are due for it. A worker that dies in between leaves a lease that
runs out; the next one looks first what holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from jobs.card_actions.new_organization import (
    Exists,
    OrganizationMaker,
    ending_at_once,
    exists_already,
    why_of,
)
from jobs.card_actions.perform import Outcome, Overtaken, UnderWay, perform
from jobs.deliveries.retry import retry_after
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import Unsure, wait_to_repeat
from jobs.to_pipedrive.oauth import NeedsReauth, NotConnected
from models.card_actions.notify import notify_of_end
from models.card_actions.records import NEW_ORGANIZATION
from models.card_actions.work import ClaimedAction, Ending, claim_action, due_actions, finish_action
from models.chance import new_id
from models.clock import now
from models.database.engine import Database
from models.errors import AppError, DatabaseUnavailable, TemporaryFailure
from models.languages.translate import marked
from models.leads.done import note_done
from models.leads.notify import notify_without_card
from models.tables.card_actions import CardActionState

LEASE: Final = timedelta(seconds=45)
TIMEOUT_S: Final = 10.0
MOST_ATTEMPTS: Final = 5  # about six minutes; then the person is told
MOST_WORK: Final = timedelta(minutes=10)  # of a job in Pipedrive that we began
LOOKS_AGAIN: Final = timedelta(seconds=1)
STILL_WORKING: Final = marked("Pipedrive is still at it after ten minutes. Look there how it ended.")
NO_GRANT: Final = "their own connection is not there"

log = structlog.get_logger()


class CardActionWriter:
    """One for each worker; several threads may call `step`."""

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive

    def step(self) -> bool:
        """Write one action that is due; False when none was. Raises DatabaseUnavailable."""
        with self._database.reading_all() as session:
            due = due_actions(session, now())
        for tenant_id, action_id in due:
            at = now()
            with self._database.writing(tenant_id) as session:
                claimed = claim_action(session, tenant_id, action_id, new_id(), at, at + LEASE)
            if claimed is not None:
                self._finish(claimed, self._write(claimed))
                return True
        return False

    def _write(self, claimed: ClaimedAction) -> Ending:
        if claimed.first is not None:
            present = claimed.first.fields.get(claimed.slot)
            return Ending(CardActionState.OVERTAKEN, present=present, needs_notice=True)
        if claimed.grant is None:
            return _wait_for_connection(NO_GRANT)
        try:
            done = self._do(claimed, claimed.grant.token_user_id)
        except DatabaseUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the action must end or be repeated
            return _ending_of(error, claimed)
        return _ending_of_success(done, claimed)

    def _do(self, claimed: ClaimedAction, token_user_id: int | None) -> Outcome | Exists:
        if claimed.do == NEW_ORGANIZATION:
            return OrganizationMaker(self._pipedrive, claimed, TIMEOUT_S).make()
        return self._pipedrive.as_tenant(
            claimed.tenant_id,
            lambda api: perform(api, claimed),
            user_id=token_user_id,
            timeout_s=TIMEOUT_S,
            lease_until=claimed.lease_until,
        )

    def _finish(self, claimed: ClaimedAction, ending: Ending) -> None:
        with self._database.writing(claimed.tenant_id) as session:
            row = finish_action(session, claimed, ending, now())
            if row is not None and row.state != CardActionState.PENDING:
                note_done(session, row, now())
                if not notify_of_end(session, row):
                    notify_without_card(session, row, now())
        log.info(
            "card_action.ended",
            state=str(row.state if row is not None else ending.state),
            tenant_id=claimed.tenant_id,
            action_id=claimed.id,
            do=claimed.do,
            attempts=claimed.attempts,
            is_known=row is not None,
        )


def _ending_of_success(done: Outcome | Exists, claimed: ClaimedAction) -> Ending:
    if isinstance(done, Exists):
        return exists_already(done)
    if isinstance(done, Overtaken):
        return Ending(CardActionState.OVERTAKEN, present=done.value, needs_notice=True)
    if isinstance(done, UnderWay):
        if now() - claimed.created_at > MOST_WORK:
            return Ending(CardActionState.FAILED, problem=STILL_WORKING, needs_notice=True)
        return Ending(CardActionState.PENDING, result_id=done.result_id, retry_at=now() + LOOKS_AGAIN)
    return Ending(CardActionState.DONE, result_id=done.result_id)


def _ending_of(error: Exception, claimed: ClaimedAction) -> Ending:
    """Return how an attempt ends that failed: again later, after connecting anew, or for good."""
    if claimed.do == NEW_ORGANIZATION and (ending := ending_at_once(error, claimed)) is not None:
        return ending
    if not isinstance(error, AppError):
        log.error("card_action.unexpected", action_id=claimed.id, exc_info=error)
    elif isinstance(error, NotConnected | NeedsReauth):
        return _wait_for_connection(error.user_message)
    elif isinstance(error, TemporaryFailure) and claimed.attempts < MOST_ATTEMPTS:
        wait = wait_to_repeat(error, retry_after(claimed.attempts) or timedelta(0))
        log.info(
            "card_action.retried", action_id=claimed.id, why=str(error), is_unsure=isinstance(error, Unsure)
        )
        return Ending(CardActionState.PENDING, retry_at=now() + wait)
    problem = error.user_message if isinstance(error, AppError) else AppError.user_message
    if claimed.do == NEW_ORGANIZATION:
        return Ending(CardActionState.FAILED, problem=problem, why=why_of(error))
    return Ending(CardActionState.FAILED, problem=problem, needs_notice=True)


def _wait_for_connection(why: str) -> Ending:
    return Ending(CardActionState.WAITING, problem=why, needs_notice=True)
