"""Who may see a record: everybody, or its owner and the administrators.

Source: https://support.pipedrive.com/en/article/visibility-groups (1: owner, 3: everybody; 5: the owner's
group, which here is the owner alone; 7: that with its subgroups, which here is everybody).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from web.playground.pipedrive.store import CrmStore

OWNERS_ONLY = ("1", "5")
LINKS = (("deal_id", "deal"), ("lead_id", "lead"))


def seers(store: "CrmStore", entity: str, record: Mapping[str, Any]) -> list[int]:
    """Ids of the active users who may see this record; parts of a hidden deal or lead are hidden too."""
    users = [user for user in store.all("user") if user["active_flag"]]
    everybody = sorted(int(user["id"]) for user in users)
    administrators = {int(user["id"]) for user in users if user["is_admin"]}
    if str(record.get("visible_to")) in OWNERS_ONLY:
        return [one for one in everybody if one == record["owner_id"] or one in administrators]
    if entity in ("activity", "note"):
        for key, linked in LINKS:
            other = store.records[linked].get(str(record.get(key)))
            if other:
                return seers(store, linked, other)
    return everybody


def sees(store: "CrmStore", user_id: int, entity: str, record: Mapping[str, Any]) -> bool:
    return user_id in seers(store, entity, record)
