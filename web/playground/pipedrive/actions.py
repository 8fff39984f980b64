"""A user's actions in Pipedrive's own pages: the buttons of the playground's panel."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from web.playground.pipedrive.blanks import BLANKS, FIELD_OWNERS
from web.playground.pipedrive.consequences import CrmError
from web.playground.pipedrive.records import CustomField
from web.playground.pipedrive.store import ApiUser, CrmStore

MOST_AT_ONCE = 5000
Action = Callable[..., Mapping[str, Any]]


class CrmActions:
    """Each public method is an action; all take `actor` first."""

    def __init__(self, store: CrmStore) -> None:
        self._store = store

    def create_deal(
        self,
        actor: ApiUser,
        title: str,
        *,
        org_name: str | None = None,
        person_name: str | None = None,
        **fields: Any,
    ) -> Mapping[str, Any]:
        """Organizations and persons are found by name, or created."""
        fields |= self._named(actor, "organization", "org_id", org_name)
        fields |= self._named(actor, "person", "person_id", person_name)
        return self._store.create("deal", {"title": title, **fields}, actor)

    def edit_deal(
        self,
        actor: ApiUser,
        id: int,
        *,
        org_name: str | None = None,
        person_name: str | None = None,
        **fields: Any,
    ) -> Mapping[str, Any]:
        fields |= self._named(actor, "organization", "org_id", org_name)
        fields |= self._named(actor, "person", "person_id", person_name)
        return self._store.change("deal", id, fields, actor)

    def move_deal(self, actor: ApiUser, id: int, stage_id: int) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"stage_id": stage_id}, actor)

    def change_value(self, actor: ApiUser, id: int, value: float) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"value": value}, actor)

    def win_deal(self, actor: ApiUser, id: int) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"status": "won"}, actor)

    def lose_deal(self, actor: ApiUser, id: int, lost_reason: str | None = None) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"status": "lost", "lost_reason": lost_reason}, actor)

    def reopen_deal(self, actor: ApiUser, id: int) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"status": "open"}, actor)

    def delete_deal(self, actor: ApiUser, id: int) -> Mapping[str, Any]:
        self._store.delete("deal", id, actor)
        return {"id": id}

    def follow_deal(self, actor: ApiUser, id: int, follower_id: int) -> Mapping[str, Any]:  # noqa: ARG002 - an action's form
        self._store.follow("deal", id, follower_id)
        return {"id": id, "follower_id": follower_id}

    def merge_deals(self, actor: ApiUser, id: int, into: int) -> Mapping[str, Any]:
        return self._store.merge("deal", id, into, actor)

    def bulk_import(self, actor: ApiUser, count: int) -> Mapping[str, Any]:
        """Import that many deals, spread over the stages of the first pipeline."""
        if not 1 <= count <= MOST_AT_ONCE:
            raise CrmError(f"An import takes 1 to {MOST_AT_ONCE} deals.")
        stages = self._store.stages(1)
        for number in range(1, count + 1):
            fields = {"title": f"Imported deal {number}", "value": number * 100, "origin": "Import"}
            self._store.create("deal", fields | {"stage_id": stages[number % len(stages)]["id"]}, actor)
        return {"count": count}

    def bulk_edit(self, actor: ApiUser, ids: Sequence[int], **fields: Any) -> Mapping[str, Any]:
        """Edit several deals in the list view."""
        together = ApiUser(actor.user_id, actor.source, is_bulk=True)
        for one in ids:
            self._store.change("deal", one, fields, together)
        return {"count": len(ids)}

    def create_lead(
        self,
        actor: ApiUser,
        title: str,
        *,
        amount: float | None = None,
        currency: str = "EUR",
        org_name: str | None = None,
        person_name: str | None = None,
        **fields: Any,
    ) -> Mapping[str, Any]:
        fields |= self._named(actor, "organization", "organization_id", org_name)
        fields |= self._named(actor, "person", "person_id", person_name)
        if amount is not None:
            fields["value"] = {"amount": amount, "currency": currency}
        return self._store.create("lead", {"title": title, **fields}, actor)

    def convert_lead(self, actor: ApiUser, id: str, stage_id: int | None = None) -> Mapping[str, Any]:
        """Convert a lead to a deal; returns the deal."""
        return self._store.convert(id, actor, stage_id=stage_id)

    def archive_deal(self, actor: ApiUser, id: int) -> Mapping[str, Any]:
        return self._store.change("deal", id, {"is_archived": True}, actor)

    def create_person(
        self,
        actor: ApiUser,
        name: str,
        *,
        org_name: str | None = None,
        email: str | None = None,
        phone: str | None = None,
        **fields: Any,
    ) -> Mapping[str, Any]:
        """The organization is found by name, or created."""
        fields |= self._named(actor, "organization", "org_id", org_name)
        for key, value in (("emails", email), ("phones", phone)):
            if value:
                fields[key] = [{"label": "work", "value": value, "primary": True}]
        return self._store.create("person", {"name": name, **fields}, actor)

    def create_organization(self, actor: ApiUser, name: str, **fields: Any) -> Mapping[str, Any]:
        return self._store.create("organization", {"name": name, **fields}, actor)

    def create_activity(self, actor: ApiUser, subject: str, **fields: Any) -> Mapping[str, Any]:
        return self._store.create("activity", {"subject": subject, **fields}, actor)

    def finish_activity(self, actor: ApiUser, id: int) -> Mapping[str, Any]:
        return self._store.change("activity", id, {"done": True}, actor)

    def create_product(
        self,
        actor: ApiUser,
        name: str,
        *,
        price: float | None = None,
        currency: str = "EUR",
        **fields: Any,
    ) -> Mapping[str, Any]:
        if price is not None:
            fields["prices"] = [{"price": price, "currency": currency, "cost": 0, "direct_cost": None}]
        return self._store.create("product", {"name": name, **fields}, actor)

    def create_note(self, actor: ApiUser, content: str, **fields: Any) -> Mapping[str, Any]:
        return self._store.create("note", {"content": content, **fields}, actor)

    def create(self, actor: ApiUser, entity: str, **fields: Any) -> Mapping[str, Any]:
        """Create anything: a product, project, task, board, phase, pipeline, stage or user."""
        if entity not in BLANKS:
            raise CrmError(f"There is no kind {entity}.")
        return self._store.create(entity, fields, actor)

    def edit(self, actor: ApiUser, entity: str, id: int | str, **fields: Any) -> Mapping[str, Any]:
        if entity not in BLANKS:
            raise CrmError(f"There is no kind {entity}.")
        return self._store.change(entity, id, fields, actor)

    def delete(self, actor: ApiUser, entity: str, id: int | str) -> Mapping[str, Any]:
        """Delete anything but a user, who is deactivated instead (reported as a change)."""
        if entity not in BLANKS:
            raise CrmError(f"There is no kind {entity}.")
        if entity == "user":
            return self._store.change("user", id, {"active_flag": False}, actor)
        self._store.delete(entity, id, actor)
        return {"id": id}

    def create_field(
        self, actor: ApiUser, entity: str, name: str, kind: str = "varchar", options: Sequence[str] = ()
    ) -> Mapping[str, Any]:
        """Add a custom field, with the labels of its options."""
        if entity not in FIELD_OWNERS:
            raise CrmError(f"A {entity} has no fields of its own.")
        field = CustomField(name, kind, tuple(enumerate(options, 1)))
        return self._store.add_field(entity, field, actor)

    def _named(self, actor: ApiUser, entity: str, key: str, name: str | None) -> dict[str, Any]:
        if not name:
            return {}
        return {
            key: (self._store.find(entity, name) or self._store.create(entity, {"name": name}, actor))["id"]
        }


def perform(actions: CrmActions, action: str, actor: ApiUser, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Run an action by its name; raises CrmError for an unknown one or wrong arguments."""
    method: Action | None = None if action.startswith("_") else getattr(actions, action, None)
    if method is None:
        raise CrmError(f"There is no action {action}.")
    try:
        return dict(method(actor, **arguments))
    except TypeError as wrong:
        raise CrmError(f"{action}: {wrong}") from wrong
