"""The cost of each of our calls in a company's daily token budget at Pipedrive.

Source: `x-token-cost` of Pipedrive's OpenAPI documents (developers.pipedrive.com/docs/api/v1/openapi.yaml and
openapi-v2.yaml), by method and path.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

COSTS: Final[Mapping[tuple[str, str], int]] = {
    ("GET", "/v1/users/me"): 2,
    ("GET", "/v1/users"): 20,
    ("GET", "/v1/leadLabels"): 10,
    ("GET", "/v1/currencies"): 20,
    ("GET", "/v1/deals/summary"): 40,
    ("GET", "/v1/leads"): 20,
    ("POST", "/v1/leads"): 10,
    ("GET", "/v1/leads/{id}"): 2,
    ("PATCH", "/v1/leads/{id}"): 10,
    ("DELETE", "/v1/leads/{id}"): 6,
    ("GET", "/v1/notes"): 20,
    ("POST", "/v1/notes"): 10,
    ("PUT", "/v1/notes/{id}"): 10,
    ("GET", "/v1/deals/{id}/permittedUsers"): 10,
    ("GET", "/v1/leads/{id}/permittedUsers"): 10,
    ("GET", "/v1/persons/{id}/permittedUsers"): 10,
    ("GET", "/v1/organizations/{id}/permittedUsers"): 10,
    ("GET", "/v1/products/{id}/permittedUsers"): 10,
    ("GET", "/api/v2/deals/{id}/followers"): 10,
    ("GET", "/api/v2/persons/{id}/followers"): 10,
    ("GET", "/api/v2/organizations/{id}/followers"): 10,
    ("GET", "/api/v2/products/{id}/followers"): 10,
    ("GET", "/v1/webhooks"): 10,
    ("POST", "/v1/webhooks"): 10,
    ("DELETE", "/v1/webhooks/{id}"): 6,
    ("GET", "/api/v2/pipelines"): 5,
    ("GET", "/api/v2/stages"): 5,
    ("GET", "/api/v2/dealFields"): 10,
    ("GET", "/api/v2/personFields"): 10,
    ("GET", "/api/v2/organizationFields"): 10,
    ("GET", "/api/v2/productFields"): 10,
    ("GET", "/api/v2/activityFields"): 10,
    ("GET", "/api/v2/projectFields"): 10,
    ("GET", "/api/v2/deals"): 10,
    ("GET", "/api/v2/deals/archived"): 20,
    ("GET", "/api/v2/deals/{id}"): 1,
    ("PATCH", "/api/v2/deals/{id}"): 5,
    ("POST", "/api/v2/leads/{id}/convert/deal"): 40,
    ("GET", "/api/v2/leads/{id}/convert/status/{conversion_id}"): 1,
    ("GET", "/api/v2/persons/search"): 20,
    ("POST", "/api/v2/persons"): 5,
    ("GET", "/api/v2/organizations/search"): 20,
    ("POST", "/api/v2/organizations"): 5,
    ("GET", "/api/v2/persons"): 10,
    ("GET", "/api/v2/persons/{id}"): 1,
    ("DELETE", "/api/v2/persons/{id}"): 3,
    ("GET", "/api/v2/organizations"): 10,
    ("GET", "/api/v2/organizations/{id}"): 1,
    ("DELETE", "/api/v2/organizations/{id}"): 3,
    ("GET", "/api/v2/products"): 10,
    ("GET", "/api/v2/activities"): 10,
    ("POST", "/api/v2/activities"): 5,
    ("GET", "/api/v2/activities/{id}"): 1,
    ("PATCH", "/api/v2/activities/{id}"): 5,
}
