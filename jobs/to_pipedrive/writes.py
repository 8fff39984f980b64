"""Our writes to Pipedrive: deals and leads, their people and organizations, notes, activities.

Written in the name of the token's user. No write is repeated after a failure.
"""

from __future__ import annotations

from typing import Any

from jobs.to_pipedrive.calls import Item, PipedriveCalls


class PipedriveWrites(PipedriveCalls):
    """Writes. Each returns the object's new state from Pipedrive; {} if the response has none."""

    def change_deal(self, id: int | str, **fields: Any) -> Item:
        """Set fields of a deal: `stage_id`, `owner_id`, `status` (won, lost, open), `lost_reason`, ..."""
        return _data(self._write("PATCH", "/api/v2/deals/{id}", fields, id=id))

    def change_lead(self, id: str, **fields: Any) -> Item:
        """Set fields of a lead: `owner_id`, ..."""
        return _data(self._write("PATCH", "/v1/leads/{id}", fields, id=id))

    def add_lead(self, **fields: Any) -> Item:
        """Add a lead: `title`, `person_id` or `organization_id`, `value`, `owner_id`, ..."""
        return _data(self._write("POST", "/v1/leads", fields))

    def delete_lead(self, id: str) -> None:
        """Delete a lead for good. Raises NotFound."""
        self._write("DELETE", "/v1/leads/{id}", id=id)

    def delete_person(self, id: int | str) -> None:
        """Delete a person; Pipedrive can restore it for 30 days. Raises NotFound."""
        self._write("DELETE", "/api/v2/persons/{id}", id=id)

    def delete_organization(self, id: int | str) -> None:
        """Delete an organization, like `delete_person`."""
        self._write("DELETE", "/api/v2/organizations/{id}", id=id)

    def convert_lead(self, id: str) -> Item:
        """Begin to make a deal of a lead: `conversion_id` names the job that does it. Raises NotFound."""
        return _data(self._write("POST", "/api/v2/leads/{id}/convert/deal", {}, id=id))

    def add_person(self, **fields: Any) -> Item:
        """Add a person: `name`, `emails`, `phones`, `org_id`, ..."""
        return _data(self._write("POST", "/api/v2/persons", fields))

    def add_organization(self, **fields: Any) -> Item:
        """Add an organization: `name`, ..."""
        return _data(self._write("POST", "/api/v2/organizations", fields))

    def add_note(self, content: str, **about: int | str) -> Item:
        """Add a note; `content` is HTML, people's text must be escaped. `about`: `deal_id`, `lead_id`, ..."""
        return _data(self._write("POST", "/v1/notes", {"content": content, **about}))

    def change_note(self, id: int | str, content: str) -> Item:
        """Replace the text of a note, which is HTML as in `add_note`."""
        return _data(self._write("PUT", "/v1/notes/{id}", {"content": content}, id=id))

    def change_activity(self, id: int | str, **fields: Any) -> Item:
        """Set fields of an activity: `subject`, `type`, `due_date`, `due_time`, ..."""
        return _data(self._write("PATCH", "/api/v2/activities/{id}", fields, id=id))

    def add_activity(self, **fields: Any) -> Item:
        """Add an activity: `subject`, `type` (`call`), `deal_id`, `due_date` (`2026-11-21`), `done`, ..."""
        return _data(self._write("POST", "/api/v2/activities", fields))

    def finish_activity(self, id: int | str) -> Item:
        return _data(self._write("PATCH", "/api/v2/activities/{id}", {"done": True}, id=id))


def _data(payload: Item) -> Item:
    data = payload.get("data")
    return data if isinstance(data, dict) else {}
