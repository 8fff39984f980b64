"""A tenant's rules ready for use: indexed by event type, filters compiled, destinations loaded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from sqlalchemy import and_, case, select
from sqlalchemy.orm import Session

from models.accounts.queries import languages_of_people
from models.attention.digests import OpenDigest, digest_for, open_digests
from models.attention.mutes import ActiveMute, deciding_mute, open_mutes
from models.connections.lead_pipelines import lead_pipelines_of
from models.connections.names import known_names
from models.connections.visibility import EVERYTHING, Visibility, active_users, restriction, visibility
from models.destinations.quiet_hours import Window, held_until, read_windows
from models.languages.catalog import ENGLISH
from models.pipedrive.change import Change
from models.pipedrive.filters.compiled import compiled
from models.pipedrive.filters.filters import Filter, InvalidFilter
from models.pipedrive.local_time import NO_ZONE
from models.pipedrive.names import Names
from models.pipedrive.types import entities_of_rule, wildcards_of
from models.rules.index import RuleIndex
from models.tables.accounts import Tenant, User
from models.tables.attention import Every
from models.tables.connections import Connection, KnownName
from models.tables.destinations import PAUSED_BY, Destination
from models.tables.rules import Mention, Rule, RuleDestination, Thread

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class RulesetDestination:
    """A destination as fan-out needs it."""

    id: int
    name: str
    kind: str
    lane: str
    space_id: int | None
    user_id: int | None = None
    pipedrive_user_id: str | None = None  # of the person it reaches
    paused_because: str | None = None  # set while a person has paused it


@dataclass(frozen=True, slots=True)
class ReadyRule:
    """A rule with its compiled filter; `position` is its position among the tenant's rules."""

    id: int
    name: str
    position: int
    on: frozenset[str]
    conditions: Filter
    is_urgent: bool
    destinations: tuple[RulesetDestination, ...]
    shows_restricted: bool = False
    look: str = "compact"
    thread: str = Thread.NONE
    mentions_owner: bool = False
    mentions: str = ""  # others whom the record names


@dataclass(frozen=True, slots=True)
class Ruleset:
    """One version of all that decides where a tenant's cards go."""

    tenant_id: int
    version: int
    company_id: str | None
    link_base: str
    quiet: tuple[Window, ...] = ()
    mutes: tuple[ActiveMute, ...] = ()
    digests: tuple[OpenDigest, ...] = ()
    users: frozenset[str] = frozenset()  # the active users of its Pipedrive
    timezone: str = NO_ZONE  # of its clocks
    language: str = ENGLISH  # of its cards, but for the people in `languages`
    languages: Mapping[str, str] = field(default_factory=dict)  # of people, by their e-mail
    lead_pipelines: frozenset[str] = frozenset()  # those whose deals are leads
    indexes: dict[tuple[str, str], RuleIndex[ReadyRule]] = field(default_factory=dict)

    def add(self, rule: ReadyRule) -> None:
        """Index a rule under each of its event types and wildcards, for every entity these can meet."""
        for key in rule.on:
            for entity in entities_of_rule(key, self.lead_pipelines):
                self.indexes.setdefault((entity, key), RuleIndex(entity)).add(rule, rule.conditions)

    def may_match(self, change: Change) -> bool:
        """Return, before names are looked up, whether any rule could match this change."""
        doubtful = (key for key, _ in change.doubts)
        return any(index.may_find(change) for index in self._indexes(change, *doubtful))

    def held_until(self, target: RulesetDestination, *, urgent: bool, at: datetime) -> datetime | None:
        """Return until when quiet hours hold a delivery to this destination, None if it may be sent."""
        if not self.quiet:
            return None
        where = {"space_id": target.space_id, "user_id": target.user_id}
        return held_until(self.quiet, **where, urgent=urgent, at=at)

    def mute_of(self, rule: ReadyRule, target: RulesetDestination, at: datetime) -> ActiveMute | None:
        """Return the mute that decides for a delivery of this rule to this destination, None for none."""
        if not self.mutes:
            return None
        where = {"space_id": target.space_id, "user_id": target.user_id}
        return deciding_mute(self.mutes, rule_id=rule.id, **where, at=at)

    def digest_of(self, target: RulesetDestination) -> OpenDigest | None:
        """Return the digest that gathers what goes to this destination, None for none."""
        return digest_for(self.digests, space_id=target.space_id, user_id=target.user_id)

    def language_of(self, address: str | None) -> str:
        """Return the locale of a card: a person's own for their e-mail, that of the tenant for a space."""
        return self.languages.get(address or "", self.language)

    def is_restricted(self, change: Change) -> bool:
        """Return whether some active user of the company may not see the object of a change."""
        return bool(restriction(change.permitted_user_ids, self.users))

    def visibility(self, change: Change, rule: ReadyRule, target: RulesetDestination) -> Visibility:
        """Decide what a destination of a rule may see of a change."""
        if change.permitted_user_ids is None:
            return EVERYTHING
        person, shows = target.pipedrive_user_id, rule.shows_restricted
        return visibility(
            change.permitted_user_ids,
            self.users,
            target.kind,
            pipedrive_user_id=person,
            shows_restricted=shows,
        )

    def matching_rules(self, change: Change, names: Names) -> list[ReadyRule]:
        """Return the rules that match this change, in their order; an undecidable filter does not match."""
        found = {rule.id: rule for index in self._indexes(change) for rule in index.find(change, names)}
        wanted = [rule for rule in found.values() if rule.conditions.decide(change, names).holds is True]
        return sorted(wanted, key=lambda rule: rule.position)

    def _indexes(self, change: Change, *more: str) -> list[RuleIndex[ReadyRule]]:
        keys = (*change.every_type, *more, *wildcards_of(change.every_type))
        return [self.indexes[change.entity, key] for key in keys if (change.entity, key) in self.indexes]


def read_ruleset(session: Session, tenant_id: int, version: int) -> Ruleset:
    """Read and compile a tenant's enabled rules, highest priority first, then oldest first."""
    columns = select(Connection.company_id, Connection.domain).where(Connection.tenant_id == tenant_id)
    company, domain = session.execute(columns).first() or (None, None)
    destinations = _read_destinations(session, tenant_id)
    names = known_names(session, tenant_id, _field_names(session, tenant_id))
    links = f"https://{domain}" if domain else ""
    users = active_users(session, tenant_id)
    zone, language = session.execute(
        select(Tenant.timezone, Tenant.language).where(Tenant.id == tenant_id)
    ).first() or (NO_ZONE, ENGLISH)
    windows, chosen = read_windows(session, tenant_id), lead_pipelines_of(session, tenant_id)
    mutes = tuple(ActiveMute.of(row) for row in open_mutes(session, tenant_id))
    digests, people = _read_digests(session, tenant_id), languages_of_people(session, tenant_id)
    ruleset = Ruleset(
        tenant_id, version, company, links, windows, mutes, digests, users, zone, language, people, chosen
    )
    query = (
        select(Rule)
        .where(Rule.tenant_id == tenant_id, Rule.is_enabled.is_(True))
        .order_by(Rule.priority.desc(), Rule.created_at, Rule.id)
    )
    for position, rule in enumerate(session.scalars(query)):
        conditions = _compile_filter(rule, names, chosen)
        if conditions is not None and destinations[rule.id]:
            ready = ReadyRule(
                rule.id,
                rule.name,
                position,
                frozenset(rule.event_types),
                conditions,
                rule.is_urgent,
                tuple(destinations[rule.id]),
                rule.shows_restricted,
                rule.look,
                rule.thread,
                rule.mention == Mention.OWNER,
                rule.mentioned,
            )
            ruleset.add(ready)
    return ruleset


def _read_digests(session: Session, tenant_id: int) -> tuple[OpenDigest, ...]:
    rows = open_digests(session, tenant_id)
    return tuple(OpenDigest(row.id, row.space_id, row.user_id, Every(row.every)) for row in rows)


def _read_destinations(session: Session, tenant_id: int) -> dict[int, list[RulesetDestination]]:
    is_paused = and_(Destination.is_active.is_(False), Destination.paused_because.like(f"{PAUSED_BY}%"))
    pairs = (
        select(
            RuleDestination.rule_id,
            Destination.id,
            Destination.name,
            Destination.kind,
            Destination.lane,
            Destination.space_id,
            User.id,
            User.pipedrive_user_id,
            case((is_paused, Destination.paused_because), else_=None),
        )
        .select_from(RuleDestination)
        .join(RuleDestination.destination)
        .join(Destination.user, isouter=True)
        .where(RuleDestination.tenant_id == tenant_id)
        .order_by(RuleDestination.rule_id, RuleDestination.position)
    )
    destinations: dict[int, list[RulesetDestination]] = defaultdict(list)
    for row in session.execute(pairs):
        destinations[row.rule_id].append(RulesetDestination(*row[1:]))
    return destinations


def _field_names(session: Session, tenant_id: int) -> list[tuple[str, str]]:
    """Filters refer to custom fields by name, so compiling needs only the names of fields."""
    fields = select(KnownName.kind, KnownName.key).where(
        KnownName.tenant_id == tenant_id, KnownName.kind.like("%\\_field", escape="\\")
    )
    return [(kind, key) for kind, key in session.execute(fields)]


def _compile_filter(rule: Rule, names: Names, chosen: Collection[str]) -> Filter | None:
    try:
        return compiled(rule.conditions, entities_of_rule(rule.event_types, chosen), names)
    except InvalidFilter as refused:
        log.warning("rule.unreadable", tenant_id=rule.tenant_id, rule_id=rule.id, problems=refused.problems)
        return None
