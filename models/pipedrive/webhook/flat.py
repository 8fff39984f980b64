"""The flat body of hand-written senders: `event`, `current`, `previous`, `user` and `company_id`."""

from collections.abc import Mapping

from models.pipedrive.entity import ENTITIES, Entity
from models.pipedrive.names import Json
from models.pipedrive.webhook import v1
from models.pipedrive.webhook.parsed import ACTIONS, ParsedWebhook, Unreadable, event_time, identity


def speaks(body: Mapping[str, Json]) -> bool:
    return isinstance(body.get("event"), str)


def parse(body: Mapping[str, Json]) -> ParsedWebhook | None:
    """Return the parsed body, None for an entity outside the list. Raises Unreadable."""
    first, _, second = body["event"].partition(".")
    if not first or not second:
        raise Unreadable("event is not like 'deal.updated'")
    key, verb = (second, first) if first in {*ACTIONS, "merged"} else (first, second)
    entity = ENTITIES.get(key)
    return None if entity is None else _tell(body, entity, verb)


def _tell(body: Mapping[str, Json], entity: Entity, verb: str) -> ParsedWebhook:
    action = "updated" if verb in entity.derived else ACTIONS.get(verb)
    if action is None:
        raise Unreadable("event names no change we know")
    before, after = v1.sides(body, entity, action)
    object_id = identity((after or before).get("id"))
    if object_id is None:
        raise Unreadable("current.id is missing")
    user = body["user"] if isinstance(body.get("user"), dict) else {}
    return ParsedWebhook(
        entity=entity,
        action=action,
        object_id=object_id,
        before=before,
        after=after,
        touched=frozenset(before) if action == "updated" else frozenset(),
        company_id=identity(body.get("company_id")),
        who_id=identity(user.get("id")),
        who_name=identity(user.get("name")),
        happened_at=event_time(body),
        merged=verb == "merged",
        named_type=f"{entity.key}.{verb}" if verb in entity.derived else None,
    )
