"""Pipedrive's list of webhooks, parsed and compared with the wanted ones.

Shapes: GET /v1/webhooks, https://developers.pipedrive.com/docs/api/v1/Webhooks (`is_active` 0 or 1,
`remove_time`, `last_http_status`, `last_delivery_time`). We want one for each entity, for all its actions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit

from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json

DOOR: Final = "/api/v1/webhook/pipedrive"
# The event_object values of POST /v1/webhooks (OpenAPI of 2026-08); others exist that we do not know yet.
TAKEN: Final = frozenset(
    ("activity", "deal", "lead", "note", "organization", "person", "pipeline", "product", "stage", "user")
)
HIGHEST_STATUS: Final = 999
WANTED: Final = tuple(entity for entity in ENTITIES if entity in TAKEN)


@dataclass(frozen=True, slots=True)
class ListedWebhook:
    """One webhook in Pipedrive's list. `last_status` is our last response to it, 0 for none."""

    id: str
    entity: str
    action: str
    url: str
    is_active: bool  # and of the version we parse
    last_status: int | None
    last_delivery_at: datetime | None

    @property
    def is_failing(self) -> bool:
        return self.last_status is not None and not 200 <= self.last_status < 300

    @property
    def problem(self) -> str:
        """Its problem, in words for people; empty if there is none."""
        if not self.is_failing:
            return ""
        got = f"HTTP {self.last_status}" if self.last_status else "no answer"
        return f"The last time, Pipedrive got {got} from Pipenotify."


@dataclass(frozen=True, slots=True)
class Compared:
    """Webhooks to keep by entity, entities without one, and webhooks of ours to delete."""

    kept: dict[str, ListedWebhook] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    extra: tuple[ListedWebhook, ...] = ()


def listed(items: Iterable[Mapping[str, Json]]) -> list[ListedWebhook]:
    """Parse Pipedrive's list; an item without an id or a URL is left out."""
    found = (_listed(item) for item in items)
    return [each for each in found if each is not None]


def compare(
    found: Iterable[ListedWebhook], address: str, *, ids: Collection[str], keys: Collection[str]
) -> Compared:
    """Compare a list with one `*` webhook for each wanted entity at `address`, `BASE_URL/.../<key>`.

    Ours are those with our endpoint's URL at this host, those we registered (`ids`), and those at any host
    with a key of this tenant (`keys`): nobody else's webhook is touched.
    """
    kept: dict[str, ListedWebhook] = {}
    extra = []
    for each in sorted(found, key=_age):
        if each.url == address and each.is_active and each.action == "*" and each.entity in WANTED:
            if each.entity not in kept:
                kept[each.entity] = each
                continue
        elif not is_ours(each, address, ids, keys):
            continue
        extra.append(each)
    return Compared(kept, tuple(entity for entity in WANTED if entity not in kept), tuple(extra))


def is_ours(each: ListedWebhook, address: str, ids: Collection[str], keys: Collection[str]) -> bool:
    """Return whether a listed webhook is one of this tenant's that calls us."""
    try:
        there, here = urlsplit(each.url), urlsplit(address)
    except ValueError:  # an invalid URL of somebody else's webhook
        return each.id in ids
    door, key = there.path[: len(DOOR)], there.path[len(DOOR) + 1 :]
    if door != DOOR or there.path[len(DOOR) : len(DOOR) + 1] not in {"", "/"}:
        return each.id in ids
    return each.id in ids or key in keys or (there.scheme, there.netloc) == (here.scheme, here.netloc)


def _age(each: ListedWebhook) -> tuple[int, str]:
    return len(each.id), each.id


def _listed(item: Mapping[str, Json]) -> ListedWebhook | None:
    webhook_id, url = id_key(item.get("id")), item.get("subscription_url")
    if not webhook_id or not isinstance(url, str):
        return None
    removed, status = item.get("remove_time"), item.get("last_http_status")
    return ListedWebhook(
        webhook_id,
        str(item.get("event_object")),
        str(item.get("event_action")),
        url,
        is_active=item.get("is_active") != 0 and not removed and item.get("version", "2.0") == "2.0",
        last_status=status if type(status) is int and 0 <= status <= HIGHEST_STATUS else None,
        last_delivery_at=_time(item.get("last_delivery_time")),
    )


def _time(value: Json) -> datetime | None:
    """Parse a time of the list; one without a zone is UTC."""
    try:
        at = datetime.fromisoformat(value) if isinstance(value, str) else None
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC) if at else None
    except (ValueError, OverflowError):
        return None
