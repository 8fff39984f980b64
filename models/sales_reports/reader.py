"""Who reads a sales report: what they may see in Pipedrive, and the names of what is in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.features import Feature, require_feature
from models.accounts.permissions import require
from models.accounts.rights import Action, Scope
from models.connections.names import names_of_kinds
from models.connections.visibility import viewer_of
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.pipedrive.names import Names
from models.pipedrive.readable import fold_name
from models.reports.figures import RANGES
from models.reports.report import TODAY
from models.stalled.queries import Sees, seen_by_person, zone_of
from models.tables.connections import PipedriveUser

MONDAY: Final = "monday"
SALES_RANGES: Final = (MONDAY, TODAY, "7d", "30d", "90d")


@dataclass(frozen=True, slots=True)
class SalesReader:
    """A reader. Without `sees_team` only what `owner_id` owns is theirs to read (None owns nothing).

    Who reads for a space has no person behind it, and sees what everybody in Pipedrive may see.
    """

    actor: Actor
    sees: Sees
    sees_team: bool
    owner_id: str | None
    zone: ZoneInfo
    names: Names
    users: Mapping[str, str]

    @property
    def tenant_id(self) -> int:
        return self.actor.tenant

    def may_read(self, permitted: frozenset[str] | None, owner_id: str | None) -> bool:
        """Return whether they may read about an object of this owner."""
        is_theirs = self.sees_team or (owner_id is not None and owner_id == self.owner_id)
        return is_theirs and self.sees(permitted)

    def user_name(self, owner_id: str | None) -> str:
        return self.users.get(owner_id or "", "")


def sales_reader(session: Session, actor: Actor) -> SalesReader:
    """Return how an actor reads sales reports. Raises NotAllowed, FeatureDisabled."""
    scope = require(session, actor, Action.LOG_READ)
    require_feature(session, actor.tenant, Feature.ANALYTICS)
    mine = PipedriveUser.tenant_id == actor.tenant
    users = select(PipedriveUser.pipedrive_id, PipedriveUser.name).where(mine)
    return SalesReader(
        actor,
        seen_by_person(session, actor.tenant, actor.user_id),
        scope is Scope.TENANT,
        viewer_of(session, actor),
        zone_of(session, actor.tenant),
        names_of_kinds(session, actor.tenant, ("stage", "pipeline")).for_everybody(),
        {row.pipedrive_id: row.name for row in session.execute(users)},
    )


def begin_of_range(range: str, at: datetime, zone: ZoneInfo) -> datetime:
    """Return when a range begins: so many days ago, today, or last Monday, on a Monday that a week before."""
    if range in RANGES:
        return at - timedelta(days=RANGES[range])
    local = at.astimezone(zone)
    days = (local.weekday() or 7) if range == MONDAY else 0
    return datetime.combine(local.date() - timedelta(days=days), time(), zone).astimezone(at.tzinfo)


def pipeline_names(session: Session, tenant_id: int) -> dict[str, str]:
    """Return the names of a team's pipelines by their ids."""
    names = names_of_kinds(session, tenant_id, ("pipeline",)).for_everybody()
    return {key: name.text for key, name in names.of("pipeline").items()}


def pipeline_named(known: Mapping[str, str], words: str) -> str | None:
    """Return the id of the pipeline that words name, None without words. Raises InvalidRequest."""
    wanted = fold_name(words)
    if not wanted:
        return None
    if wanted in known:
        return wanted
    exact = [key for key, text in known.items() if wanted == fold_name(text)]
    found = exact or [key for key, text in known.items() if wanted in fold_name(text)]
    if len(found) == 1:
        return found[0]
    typed, names = words[:60], ", ".join(sorted(known.values())[:20])
    if not names:
        raise InvalidRequest.of_field(
            "pipeline", tr("No pipeline is known yet, so leave out “{typed}”.", typed=typed)
        )
    raise InvalidRequest.of_field(
        "pipeline",
        tr("“{typed}” names no pipeline, or several. There are: {names}.", typed=typed, names=names),
    )
