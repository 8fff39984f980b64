"""All simulated endpoints of Pipedrive's REST API: cost in tokens, scopes, and method.

Source: the OpenAPI documents (`x-token-cost`, `security`). Where documents differ in scopes, both are
accepted: webhooks name `admin` there and `webhooks:full` in the list of scopes; activityFields of v1 take
those of activities. What exists in v2 no longer exists in v1 (since 2026-08-01).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

DEALS = frozenset({"deals:read", "deals:full"})
CONTACTS = frozenset({"contacts:read", "contacts:full"})
ACTIVITIES = frozenset({"activities:read", "activities:full"})
PRODUCTS = frozenset({"products:read", "products:full"})
LEADS = frozenset({"leads:read", "leads:full"})
PROJECTS = frozenset({"projects:read", "projects:full"})
NOTES, NOTES_WRITE = DEALS | CONTACTS, frozenset({"deals:full", "contacts:full"})
ADMIN, BASE, USERS = frozenset({"admin"}), frozenset({"base"}), frozenset({"users:read"})
WEBHOOKS = frozenset({"admin", "webhooks:full"})
CONTACT_FIELDS = CONTACTS | ADMIN | {"contact-fields:full"}
ACTIVITY_FIELDS = ACTIVITIES | ADMIN
PRODUCT_FIELDS = PRODUCTS | {"product-fields:full"}
PROJECT_FIELDS = PROJECTS | {"project-fields:full"}
VISIBLE = {"deal": DEALS, "lead": LEADS, "person": CONTACTS, "organization": CONTACTS, "product": PRODUCTS}
SHARED = {"deal": DEALS, "lead": LEADS, "person": CONTACTS, "organization": CONTACTS, "product": PRODUCTS}
FOLLOWED = {"deal": DEALS, "person": CONTACTS, "organization": CONTACTS, "product": PRODUCTS}


@dataclass(frozen=True, slots=True)
class Route:
    """`does` names the method of CrmRest that answers; `entity` is its kind of object."""

    method: str
    template: str
    cost: int
    scopes: frozenset[str]
    does: str
    entity: str = ""

    @property
    def version(self) -> str:
        return "v2" if self.template.startswith("/api/v2/") else "v1"


def _full(scopes: frozenset[str]) -> frozenset[str]:
    return frozenset(scope for scope in scopes if not scope.endswith(":read"))


def _v2(entity: str, plural: str, scopes: frozenset[str], made: str = "create") -> Iterator[Route]:
    """The endpoints to read, create, change and delete."""
    path = f"/api/v2/{plural}"
    yield Route("GET", path, 10, scopes, "listing", entity)
    yield Route("GET", f"{path}/{{id}}", 1, scopes, "read", entity)
    yield Route("POST", path, 5, _full(scopes), made, entity)
    yield Route("PATCH", f"{path}/{{id}}", 5, _full(scopes), "change", entity)
    yield Route("DELETE", f"{path}/{{id}}", 3, _full(scopes), "delete", entity)


def _v1(entity: str, plural: str, scopes: frozenset[str], verbs: tuple[str, str]) -> Iterator[Route]:
    path, writes = f"/v1/{plural}", _full(scopes)
    yield Route("GET", path, 20, scopes, "v1_listing", entity)
    yield Route("GET", f"{path}/{{id}}", 2, scopes, "read", entity)
    yield Route("POST", path, 10, writes, verbs[0], entity)
    yield Route(verbs[1], f"{path}/{{id}}", 10, writes, "change", entity)
    yield Route("DELETE", f"{path}/{{id}}", 6, writes, "delete", entity)


def _structure(entity: str, plural: str) -> Iterator[Route]:
    scopes = DEALS | ADMIN
    yield Route("GET", f"/api/v2/{plural}", 5, scopes, "listing", entity)
    yield Route("GET", f"/api/v2/{plural}/{{id}}", 1, scopes, "read", entity)


def _fields(entity: str, scopes: frozenset[str]) -> Route:
    return Route("GET", f"/api/v2/{entity}Fields", 10, scopes, "fields", entity)


ROUTES: tuple[Route, ...] = (
    Route("GET", "/api/v2/deals/archived", 20, DEALS, "archived", "deal"),
    Route("GET", "/api/v2/deals/search", 20, DEALS | {"search:read"}, "search", "deal"),
    *_v2("deal", "deals", DEALS),
    Route("GET", "/api/v2/persons/search", 20, CONTACTS | {"search:read"}, "search", "person"),
    Route("GET", "/api/v2/organizations/search", 20, CONTACTS | {"search:read"}, "search", "organization"),
    *_v2("person", "persons", CONTACTS),
    *_v2("organization", "organizations", CONTACTS),
    *_v2("activity", "activities", ACTIVITIES),
    *_v2("product", "products", PRODUCTS, "create_201"),
    *_structure("pipeline", "pipelines"),
    *_structure("stage", "stages"),
    _fields("deal", DEALS | ADMIN | {"deal-fields:full"}),
    _fields("person", CONTACT_FIELDS),
    _fields("organization", CONTACT_FIELDS),
    _fields("activity", ACTIVITY_FIELDS),
    _fields("product", PRODUCT_FIELDS),
    _fields("project", PROJECT_FIELDS),
    Route("POST", "/api/v2/leads/{id}/convert/deal", 40, _full(LEADS), "convert", "lead"),
    Route("GET", "/api/v2/leads/{id}/convert/status/{other}", 1, LEADS, "conversion", "lead"),
    Route("GET", "/v1/users/me", 2, BASE, "me"),
    Route("GET", "/v1/users", 20, USERS, "users"),
    Route("GET", "/v1/users/{id}", 2, USERS, "read", "user"),
    Route("GET", "/v1/deals/summary", 40, DEALS, "deals_summary", "deal"),
    Route("GET", "/v1/leads/archived", 40, LEADS, "v1_archived", "lead"),
    *_v1("lead", "leads", LEADS, ("create_201", "PATCH")),
    Route("GET", "/v1/leadLabels", 10, LEADS, "lead_labels"),
    *_v1("note", "notes", NOTES, ("add_note", "PUT")),
    Route("GET", "/v1/currencies", 20, BASE, "currencies"),
    *(
        Route("GET", f"/v1/{entity}s/{{id}}/permittedUsers", 10, scopes, "permitted", entity)
        for entity, scopes in VISIBLE.items()
    ),
    *(
        Route("GET", f"/api/v2/{entity}s/{{id}}/followers", 10, scopes, "followers", entity)
        for entity, scopes in FOLLOWED.items()
    ),
    Route("GET", "/v1/webhooks", 10, WEBHOOKS, "webhooks"),
    Route("POST", "/v1/webhooks", 10, WEBHOOKS, "add_webhook"),
    Route("DELETE", "/v1/webhooks/{id}", 6, WEBHOOKS, "remove_webhook"),
)
_PATTERNS = [
    (re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(route.template))), route)
    for route in ROUTES
]


def find(method: str, path: str) -> tuple[Route, dict[str, str]] | None:
    """The route of a request, with the path parameters; v1 also answers below /api."""
    plain = path.removeprefix("/api") if path.startswith("/api/v1/") else path
    for pattern, route in _PATTERNS:
        match = pattern.fullmatch(plain) if route.method == method else None
        if match:
            return route, match.groupdict()
    return None
