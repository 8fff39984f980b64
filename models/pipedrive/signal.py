"""Bodies of events that we make ourselves: Pipedrive says of no deal that it stalls, of no lead its score.

They have the format of webhooks v2, with the name of what we found in `meta.signal`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from models.pipedrive.names import Json
from models.pipedrive.rest.as_webhook import written
from models.pipedrive.rest.backfill_body import as_webhook
from models.pipedrive.webhook.v2 import OURS
from models.pipedrive.webhook.v2 import SCORED as LEAD_SCORED

STALLED: Final = "deal.stalled"
OVERDUE: Final = "activity.overdue"
SCORED: Final = LEAD_SCORED
SIGNALS: Final = frozenset((STALLED, OVERDUE, SCORED))
IDLE_DAYS: Final = "stalled_days"  # the field of a stalled deal: how long nobody has changed it
SCORE: Final = "score"  # the fields of a scored lead
BAND: Final = "band"


def signal_body(  # noqa: PLR0913 - what, of which object, when, who may see it
    event_type: str,
    object_id: str,
    state: Mapping[str, Json],
    at: datetime,
    *,
    key: str,
    company_id: str | None,
    seen_by: Sequence[str] | None,
    entity: str = "",
) -> dict[str, Json]:
    """Return the body of what was found at `at`. `seen_by`: the users who may see it, None for everybody.

    `entity` is what the object is, if the event type does not say so: a deal has a score as a lead.
    """
    named, _, verb = event_type.partition(".")
    entity = entity or named
    meta: dict[str, Json] = {
        "action": "change",
        "entity": entity,
        "entity_id": object_id,
        "id": key,
        "timestamp": written(at),
        "version": "2.0",
        "change_source": OURS,
        "signal": verb,
        "is_bulk_edit": False,
    }
    meta |= {"company_id": company_id} if company_id else {}
    meta |= {"permitted_user_ids": list(seen_by)} if seen_by is not None else {}
    data = {"id": _number(object_id), **as_webhook(entity, state, state)}
    return {"data": data, "previous": {}, "meta": meta}


def _number(object_id: str) -> Json:
    return int(object_id) if object_id.isdecimal() and object_id.isascii() else object_id
