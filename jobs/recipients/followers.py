"""Who follows an object in Pipedrive: asked for when a rule needs it, and kept for an hour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, Protocol

from jobs.names.cool_down import CoolDown
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import BACKGROUND_HALF, Spending
from jobs.to_pipedrive.oauth import NotConnected
from models.clock import monotonic
from models.errors import AppError, NotAllowed, NotFound, OutsideStaging, TemporaryFailure

KEEP_S: Final = 3600.0  # a call costs ten tokens, and no webhook says that somebody follows
MOST_KEPT: Final = 50_000
TIMEOUT_S: Final = 2.0  # the other jobs of a sweep wait for it
AFTER_ERROR_S: Final = 60.0

_EVERYBODY: Final = 0  # the key that cools down while Pipedrive is away for all


class TenantCalls(Protocol):
    """What makes calls of a tenant: `jobs.to_pipedrive.client.Pipedrive`."""

    def as_tenant(
        self,
        tenant_id: int,
        work: Callable[[PipedriveApi], list[str]],
        *,
        spending: Spending = ...,
        timeout_s: float = ...,
    ) -> Any: ...


class Followers:
    """Follower lists of a process. A tenant whose call failed is not asked again for a minute."""

    def __init__(self, pipedrive: TenantCalls, clock: Callable[[], float] = monotonic) -> None:
        self._pipedrive = pipedrive
        self._clock = clock
        self._cool_down = CoolDown(clock)
        self._kept: dict[tuple[int, str, str], tuple[list[str], float]] = {}

    def of(self, tenant_id: int, entity: str, object_id: str) -> list[str] | None:
        """Return Pipedrive's ids of the followers of an object, by its entity and id.

        None if nobody can ask: the tenant is not connected, or its connection may not read such objects.
        Not to be called inside a transaction. Raises TemporaryFailure for what can be asked later.
        """
        key = (tenant_id, entity, object_id)
        ids, until = self._kept.get(key, ([], 0.0))
        if until > self._clock():
            return ids
        if self._cool_down.is_active(tenant_id) or self._cool_down.is_active(_EVERYBODY):
            raise _later()
        found = self._ask(tenant_id, entity, object_id)
        if found is not None:
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (found, self._clock() + KEEP_S)
        return found

    def _ask(self, tenant_id: int, entity: str, object_id: str) -> list[str] | None:
        try:
            return list(
                self._pipedrive.as_tenant(
                    tenant_id,
                    lambda api: api.followers(object_id, entity),
                    spending=BACKGROUND_HALF,
                    timeout_s=TIMEOUT_S,
                )
            )
        except NotFound:
            return []
        except (NotAllowed, OutsideStaging):
            return None
        except NotConnected as error:
            if type(error) is NotConnected:
                return None
            raise self._failed(tenant_id, error) from error
        except AppError as error:
            raise self._failed(tenant_id, error) from error

    def _failed(self, tenant_id: int, error: AppError) -> TemporaryFailure:
        """Let the tenant cool down, and for moments all of them if Pipedrive gave no answer."""
        wait = getattr(error, "retry_after", None) or 0.0
        self._cool_down.start(tenant_id, max(AFTER_ERROR_S, wait), grows=True)
        if isinstance(error, TemporaryFailure) and error.http_status is None:
            self._cool_down.start(_EVERYBODY, TIMEOUT_S * 2, grows=False)
        return _later()


def _later() -> TemporaryFailure:
    return TemporaryFailure("the followers are asked for later")
