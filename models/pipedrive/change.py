"""One webhook body of Pipedrive parsed into one change: what happened to which object, what was changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.pipedrive.imported import is_imported
from models.pipedrive.lead_ends import CONVERTED
from models.pipedrive.names import NO_NAMES, Json, Names
from models.pipedrive.webhook import flat, v1, v2
from models.pipedrive.webhook.derived_types import are_doubts_left, types_of
from models.pipedrive.webhook.parsed import ParsedWebhook, Unreadable, moment_of

__all__ = ["CATCH_UP", "Change", "Unreadable", "decided", "read"]

CATCH_UP = "catch_up"  # the `meta.change_source` of a change that a backfill found


@dataclass(frozen=True, slots=True)
class Change:
    """What an event means.

    `before` holds the old values of changed fields, of a deleted object its whole last state; `after` the
    whole present state, empty when deleted. Both have custom fields as `custom.<hash>` and the money of a
    lead as `value` and `currency`. `types` starts with the base type. `doubts` are undecidable types,
    each with the reason. `who_name` is set only if a body contains it. `parsed` is the body it was read from.
    `lead_types` are those of a deal that a team takes for a lead (`models.pipedrive.deal_leads`).
    `became_deal`: a deal is known to have been made of the lead (`models.pipedrive.lead_ends`).
    """

    entity: str
    action: str
    object_id: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    touched: frozenset[str]
    types: tuple[str, ...]
    who_id: str | None = None
    company_id: str | None = None
    happened_at: datetime | None = None
    merged_to: str | None = None
    merged_from: str | None = None
    change_source: str | None = None
    is_bulk: bool = False
    permitted_user_ids: frozenset[str] | None = None
    who_name: str | None = None
    doubts: tuple[tuple[str, str], ...] = ()
    lead_types: tuple[str, ...] = ()
    became_deal: bool = False
    parsed: ParsedWebhook | None = field(default=None, compare=False, repr=False)

    @property
    def every_type(self) -> tuple[str, ...]:
        """All types that a rule may name: of the object, and of the lead that it is."""
        return (*self.types, *self.lead_types)

    @property
    def state(self) -> Mapping[str, Json]:
        """The state that a card shows: the present one, of a deleted object the last one."""
        return self.after or self.before

    @property
    def updated_at(self) -> datetime | None:
        """When Pipedrive changed the object, by the object's own time, in whole seconds: lists have it, too.

        Without one, as of a deleted object, it is the time of the webhook; None if the body has neither.
        """
        return moment_of(self.after) or self.happened_at

    @property
    def changed_at(self) -> datetime | None:
        """The same, and within that second the time of the webhook: it is the exact one."""
        own, of_webhook = self.updated_at, self.happened_at
        if own is None or of_webhook is None:
            return own
        return of_webhook if timedelta(0) <= of_webhook - own < timedelta(seconds=1) else own

    @property
    def is_late(self) -> bool:
        """Whether its webhook was missed, so that it is reported late."""
        return self.change_source == CATCH_UP


def read(body: Mapping[str, Json], names: Names = NO_NAMES) -> Change | None:
    """Return the change of a body, None for an entity outside the list.

    Raises Unreadable if the body has no known dialect, or lacks what a change needs.
    """
    dialect = next((each for each in (v2, v1, flat) if each.speaks(body)), None)
    if dialect is None:
        raise Unreadable("neither meta nor event")
    try:
        parsed = dialect.parse(body)
        return None if parsed is None else _change(_user_gone(parsed), names)
    except RecursionError as deep:
        raise Unreadable("nested too deep") from deep


def decided(change: Change, names: Names) -> Change:
    """Decide with names what a stage move is: only they tell the order of stages, so whether it went back.

    A change without doubts stays as it is.
    """
    if change.parsed is None or not (change.doubts and names):
        return change
    if are_doubts_left(change.parsed, change.doubts, names):
        return change  # a copy costs as much as all else here
    types, doubts = types_of(change.parsed, names)
    return replace(change, types=types, doubts=doubts)


def _user_gone(parsed: ParsedWebhook) -> ParsedWebhook:
    """Pipedrive reports a user who left as a change to `active_flag: false` (its own samples)."""
    if (
        parsed.entity.key == "user"
        and "active_flag" in parsed.touched
        and parsed.after.get("active_flag") in (False, 0)
    ):
        parsed.action, parsed.before = "deleted", {**parsed.after, **parsed.before}
        parsed.after, parsed.touched = {}, frozenset()
    return parsed


def _change(parsed: ParsedWebhook, names: Names) -> Change:
    types, doubts = types_of(parsed, names)
    return Change(
        entity=parsed.entity.key,
        action=parsed.action,
        object_id=parsed.object_id,
        before=parsed.before,
        after=parsed.after,
        touched=parsed.touched,
        types=types,
        who_id=parsed.who_id,
        company_id=parsed.company_id,
        happened_at=parsed.happened_at,
        merged_to=parsed.merged_to,
        merged_from=parsed.merged_from,
        change_source=parsed.change_source,
        is_bulk=parsed.is_bulk or (parsed.action == "created" and is_imported(parsed.after)),
        permitted_user_ids=parsed.permitted_user_ids,
        who_name=parsed.who_name,
        doubts=doubts,
        became_deal=parsed.named_type == CONVERTED,
        parsed=parsed,
    )
