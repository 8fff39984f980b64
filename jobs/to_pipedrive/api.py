"""The parts of the Pipedrive REST API that we use: v2 where it exists, v1 for the rest.

Users, leads, notes, labels of leads, currencies and webhooks exist in v1 only. Source: the OpenAPI documents.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from jobs.to_pipedrive.calls import MOST_PAGES, PAGE, Item, has_more, item_of, items_of
from jobs.to_pipedrive.http import Query
from jobs.to_pipedrive.updates import PipedriveUpdates
from jobs.to_pipedrive.webhooks import PipedriveWebhooks
from jobs.to_pipedrive.writes import PipedriveWrites
from models.errors import TemporaryFailure
from models.pipedrive.deal_leads import SOURCE_LEAD

LATEST: Final = 100
FIELD_LISTS: Final = {
    "deal": "dealFields",
    "person": "personFields",
    "organization": "organizationFields",
    "product": "productFields",
    "activity": "activityFields",
    "project": "projectFields",
}

BELONGS_TO: Final = {
    "lead": "/v1/leads",
    "note": "/v1/notes",
    "deal": "/api/v2/deals",
    "activity": "/api/v2/activities",
    "person": "/api/v2/persons",
}


class PipedriveApi(PipedriveUpdates, PipedriveWrites, PipedriveWebhooks):
    """The whole client; the reads are defined here. Items are Pipedrive's own objects, unchecked."""

    def me(self) -> Item:
        """Return the user of the token: `id`, `email`, `is_admin`, `company_id`, `company_name`, ..."""
        return item_of(self._get("/v1/users/me"))

    def users(self) -> list[Item]:
        return self._whole("/v1/users")

    def lead_labels(self) -> list[Item]:
        return self._whole("/v1/leadLabels")

    def currencies(self) -> list[Item]:
        return self._whole("/v1/currencies")

    def pipelines(self) -> list[Item]:
        return list(self._by_cursor("/api/v2/pipelines"))

    def stages(self) -> list[Item]:
        return list(self._by_cursor("/api/v2/stages"))

    def fields(self, entity: str) -> list[Item]:
        """List the fields of an entity of FIELD_LISTS; leads have the fields of deals."""
        return list(self._by_cursor(f"/api/v2/{FIELD_LISTS[entity]}"))

    def deal(self, id: int | str) -> Item:
        """Return one deal. Raises NotFound."""
        return item_of(self._get("/api/v2/deals/{id}", id=id))

    def recent_deals(self, most: int) -> list[Item]:
        """List the deals that were changed last, newest first, at most 500; a call costs 10 tokens."""
        query: dict[str, str | int] = {"sort_by": "update_time", "sort_direction": "desc", "limit": most}
        return list(self._by_cursor("/api/v2/deals", query, most_pages=1))

    def deals_summary(self, **filters: str | int) -> Item:
        """Return how many deals there are and what they come to, each currency for itself; costs 40 tokens.

        `filters`: `status` (open, won, lost), `user_id`, `pipeline_id`. Archived deals are not counted.
        """
        return item_of(self._get("/v1/deals/summary", filters))

    def deals(self, ids: Iterable[str]) -> list[Item]:
        """List those of these ids that exist and are visible; ids are digits."""
        return list(self._by_ids("/api/v2/deals", ids))

    def persons(self, ids: Iterable[str]) -> list[Item]:
        return list(self._by_ids("/api/v2/persons", ids))

    def organizations(self, ids: Iterable[str]) -> list[Item]:
        return list(self._by_ids("/api/v2/organizations", ids))

    def activities(self, **filters: str | int | bool) -> list[Item]:
        """List activities: by `owner_id`, `deal_id`, `done`, `updated_since`, `sort_by`, ..."""
        query = {name: _asked(value) for name, value in filters.items()}
        return list(self._by_cursor("/api/v2/activities", query))

    def leads(self) -> list[Item]:
        """List the leads that are not archived."""
        found: list[Item] = []
        for number in range(MOST_PAGES):
            page = self._get("/v1/leads", {"start": number * PAGE, "limit": PAGE})
            found += items_of(page)
            if not has_more(page):
                break
        return found

    def lead(self, id: str) -> Item:
        """Return one lead. Raises NotFound."""
        return item_of(self._get("/v1/leads/{id}", id=id))

    def activity(self, id: int | str) -> Item:
        """Return one activity. Raises NotFound."""
        return item_of(self._get("/api/v2/activities/{id}", id=id))

    def newest_leads(self, **about: int | str) -> list[Item]:
        """List the leads that were added last, newest first: all, or by `person_id` or `organization_id`."""
        query: Query = {**about, "sort": "add_time DESC", "limit": LATEST}
        return list(items_of(self._get("/v1/leads", query)))

    def conversion(self, lead_id: str, job: str) -> Item:
        """Return how far a conversion of a lead got: `status`, and `deal_id` once it is completed."""
        return item_of(
            self._get("/api/v2/leads/{id}/convert/status/{conversion_id}", id=lead_id, conversion_id=job)
        )

    def deals_with_leads(self) -> list[Item]:
        """List the deals that were changed last, each with the lead it came from (`source_lead_id`)."""
        query: Query = {"sort_by": "update_time", "sort_direction": "desc", "limit": LATEST}
        asked = {**query, "include_fields": SOURCE_LEAD}
        return list(self._by_cursor("/api/v2/deals", asked, most_pages=1))

    def newest_contacts(self, entity: str) -> list[Item]:
        """List the persons or organizations that were added last, newest first."""
        query: Query = {"sort_by": "add_time", "sort_direction": "desc", "limit": LATEST}
        return list(self._by_cursor(f"/api/v2/{entity}s", query, most_pages=1))

    def has_any(self, entity: str, **about: int | str) -> bool:
        """Tell whether something of an entity of BELONGS_TO belongs to a person or an organization."""
        return any(items_of(self._get(BELONGS_TO[entity], {**about, "limit": 1})))

    def search_persons(self, email: str) -> list[Item]:
        """List the persons with exactly this e-mail."""
        return self._search("/api/v2/persons/search", email, "email")

    def search_organizations(self, name: str) -> list[Item]:
        """List the organizations of exactly this name."""
        return self._search("/api/v2/organizations/search", name, "name")

    def _search(self, path: str, term: str, field: str) -> list[Item]:
        """Search for a whole value, of any case; Pipedrive wants a letter of it at least."""
        if not term:
            return []
        query: Query = {"term": term, "fields": field, "exact_match": "true", "limit": 10}
        found = item_of(self._get(path, query)).get("items")
        hits = found if isinstance(found, list) else []
        return [hit["item"] for hit in hits if isinstance(hit, dict) and isinstance(hit.get("item"), dict)]

    def newest_notes(self, **about: int | str) -> list[Item]:
        """List the newest notes on one record: by `deal_id`, `lead_id`, `person_id` or `org_id`."""
        query: Query = {**about, "sort": "add_time DESC", "limit": PAGE}
        return list(items_of(self._get("/v1/notes", query)))

    def permitted_users(self, id: int | str, entity: str = "deal") -> set[str]:
        """Return the ids of all users who may see a deal, lead, person, organization or product.

        Formatted as in webhooks.
        """
        listed = self._get(f"/v1/{entity}s/{{id}}/permittedUsers", id=id).get("data")
        if not isinstance(listed, list):
            raise TemporaryFailure("Pipedrive answered no list")
        return {str(one) for one in listed if isinstance(one, int | str)}

    def followers(self, id: int | str, entity: str = "deal") -> list[str]:
        """List the ids of the users who follow a deal, person, organization or product. Raises NotFound."""
        path = f"/api/v2/{entity}s/{{id}}/followers"
        listed = self._by_cursor(path, most_pages=1, id=id)
        return [str(each["user_id"]) for each in listed if isinstance(each.get("user_id"), int)]


def _asked(value: str | int | bool) -> str | int:
    return str(value).lower() if isinstance(value, bool) else value
