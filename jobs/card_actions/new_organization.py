"""Makes an organization in somebody's name, unless there is one of that name; never makes a second one.

Pipedrive's search may find what is new a moment late. So what was made here lately, and what Pipedrive told
of before, is asked for by its id. After an attempt whose end is unknown the newest organizations are read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from jobs.card_actions.perform import Written
from jobs.leads.contacts import id_of, is_added_since
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import CallsPaused, DailyQuotaUsed, Unauthorized
from jobs.to_pipedrive.oauth import NotConnected
from models.card_actions.echoes import same_value
from models.card_actions.work import ClaimedAction, Ending
from models.errors import AppError, InvalidRequest, NotAllowed, OutsideStaging
from models.languages.translate import marked
from models.pipedrive.name_refs import id_key
from models.pipedrive.readable import fold_name
from models.tables.card_actions import CardActionState

T = TypeVar("T")

ORGANIZATION: Final = "organization"
EXISTS: Final = "EXISTS"
THERE_IS_ONE: Final = marked("There is an organization of this name in Pipedrive already.")
# By the error, the code that whoever asked gets.
WHYS: Final[tuple[tuple[type[AppError], str], ...]] = (
    (DailyQuotaUsed, "PIPEDRIVE_QUOTA_USED"),
    (CallsPaused, "PIPEDRIVE_RATE_LIMITED"),
    (NotAllowed, "PIPEDRIVE_FORBIDDEN"),
    (InvalidRequest, "PIPEDRIVE_REFUSED"),
)
UNAVAILABLE: Final = "PIPEDRIVE_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class Exists:
    """There is one of that name; `id` is empty where the asking person may not see it."""

    id: str = ""


class OrganizationMaker:
    """Does one action. `timeout_s` is for each call to Pipedrive."""

    def __init__(self, pipedrive: Pipedrive, action: ClaimedAction, timeout_s: float) -> None:
        self._pipedrive = pipedrive
        self._action = action
        self._timeout_s = timeout_s

    def make(self) -> Written | Exists:
        """Look for the name as the person and as the tenant, then make it. Raises what calls raise."""
        found = self._as_person(self._find)
        if found is None and self._is_hidden():
            found = Exists()
        return found or self._as_person(self._add)

    def _find(self, api: PipedriveApi) -> Written | Exists | None:
        """Return the one that the person sees: an earlier attempt's, or somebody's; None if there is none."""
        if self._action.is_repeat and (ours := _first(filter(self._is_ours, self._newest(api)))):
            return Written(ours, was_there=True)
        if known := _first(self._known(api)):
            return Exists(known)
        found = list(self._searched(api))
        if self._action.is_repeat and found:
            whole = api.organizations(key for each in found if (key := id_key(each.get("id"))))
            if ours := _first(filter(self._is_ours, whole)):
                return Written(ours, was_there=True)
        return Exists(_first(found)) if found else None

    def _is_hidden(self) -> bool:
        """Tell whether the tenant's connection sees one that they do not; False if it does not work."""
        grant = self._action.grant
        if grant is None or grant.token_user_id is None:
            return False  # the person is who connected the tenant
        try:
            return self._as_tenant(lambda api: bool(_first(self._known(api)) or _first(self._searched(api))))
        except (NotConnected, Unauthorized, NotAllowed):
            return False

    def _known(self, api: PipedriveApi) -> Iterable[Item]:
        """Return those of its name that were made here lately or that Pipedrive told of, if still there."""
        ids = {*self._action.made, *map(str, self._action.fields.get("known") or ())}
        return filter(self._has_name, api.organizations(each for each in ids if each))

    def _searched(self, api: PipedriveApi) -> Iterable[Item]:
        return filter(self._has_name, api.search_organizations(str(self._action.fields["name"])))

    def _newest(self, api: PipedriveApi) -> Iterable[Item]:
        return filter(self._has_name, api.newest_contacts(ORGANIZATION))

    def _add(self, api: PipedriveApi) -> Written:
        about: dict[str, Any] = {"name": self._action.fields["name"]}
        owner = self._action.fields.get("owner_id")
        return Written(id_of(api.add_organization(**about, **({"owner_id": owner} if owner else {}))))

    def _has_name(self, item: Item) -> bool:
        is_there = item.get("is_deleted") is not True
        return is_there and fold_name(str(item.get("name") or "")) == fold_name(self._action.fields["name"])

    def _is_ours(self, item: Item) -> bool:
        """Tell whether an earlier attempt made it: since the action was asked for, for the same owner."""
        grant, owner = self._action.grant, self._action.fields.get("owner_id")
        owner = owner or (grant.pipedrive_user_id if grant is not None else None)
        return is_added_since(item, self._action.created_at) and same_value(item.get("owner_id"), owner)

    def _as_person(self, work: Callable[[PipedriveApi], T]) -> T:
        grant = self._action.grant
        user_id = grant.token_user_id if grant is not None else None
        return self._pipedrive.as_tenant(
            self._action.tenant_id,
            work,
            user_id=user_id,
            timeout_s=self._timeout_s,
            lease_until=self._action.lease_until,
        )

    def _as_tenant(self, work: Callable[[PipedriveApi], T]) -> T:
        return self._pipedrive.as_tenant(self._action.tenant_id, work, timeout_s=self._timeout_s)


def ending_at_once(error: Exception, claimed: ClaimedAction) -> Ending | None:
    """Return how an attempt ends that failed, for whoever waits for it; None if it is to be tried again.

    Without a connection or calls nothing was written, so it ends at once: to make it tomorrow would surprise.
    After an attempt that may have written, it has to be found out.
    """
    is_first = claimed.attempts == 1
    if isinstance(error, NotConnected) and is_first:
        return _failed(error, error.code)
    if isinstance(error, CallsPaused) and is_first:
        return _failed(error, why_of(error))
    return None


def why_of(error: Exception) -> str:
    """Return the code of what stopped a creation for good."""
    if isinstance(error, NotConnected | Unauthorized | OutsideStaging):
        return error.code
    return next((code for kind, code in WHYS if isinstance(error, kind)), UNAVAILABLE)


def exists_already(found: Exists) -> Ending:
    """Return how an attempt ends that found one of the name."""
    return Ending(CardActionState.OVERTAKEN, problem=THERE_IS_ONE, result_id=found.id, why=EXISTS)


def _failed(error: AppError, why: str) -> Ending:
    return Ending(CardActionState.FAILED, problem=error.user_message, why=why)


def _first(found: Iterable[Item]) -> str:
    return next((key for each in found if (key := id_key(each.get("id")))), "")
