"""The registry of routes: each says what it takes, what it answers, and which scope it needs.

The addresses, the checks of what comes in, and the OpenAPI document are all made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from limits import RateLimitItem
from pydantic import BaseModel

from models.accounts.actor import Actor
from models.accounts.features import Feature
from models.database.engine import Database, Session
from models.database.row_ids import row_id
from models.errors import NotFound
from models.security.vault import Vault
from models.settings import Settings
from web.api.access_token import AccessTokens
from web.api.limits import GENERAL
from web.api.schemas import Params

PREFIX: Final = "/api/v1"


@dataclass(frozen=True, slots=True)
class ApiDeps:
    """The dependencies of all routes. `wake` is called after the commit if something is due to be sent."""

    settings: Settings
    database: Database
    vault: Vault
    tokens: AccessTokens
    wake: Callable[[], None]


@dataclass(slots=True)
class ApiCall:
    """One request being handled, in the session of the caller's tenant.

    `ids` are those of the address, `params` its parameters and `body` its JSON, as their schemas have them.
    `if_match` is the version of the header If-Match; `scopes` are the token's. `wake`: a delivery is due now.
    """

    session: Session
    actor: Actor
    deps: ApiDeps
    ids: dict[str, str]
    params: Any = None
    body: Any = None
    if_match: str = ""
    scopes: frozenset[str] = frozenset()
    wake: bool = False

    @property
    def tenant_id(self) -> int:
        return self.actor.tenant

    @property
    def id(self) -> int:
        """The number of the address. Raises NotFound for what can be no number of ours."""
        found = row_id(self.ids["id"])
        if found is None:
            raise NotFound
        return found

    def require_own_tenant(self) -> None:
        """Raise NotFound unless the address names the caller's own tenant, by its id or as `me`."""
        if self.ids["tenant"] not in ("me", str(self.tenant_id)):
            raise NotFound


@dataclass(frozen=True, slots=True)
class Tagged:
    """What is answered, with the version that a change may name in If-Match."""

    data: Any
    version: int


@dataclass(slots=True)
class OpenCall:
    """A request that brings its proof in `body`; its handler sets whose tenant it is of."""

    deps: ApiDeps
    body: Any
    tenant_id: int = 0


Handler = Callable[[Any], Any]  # of a ApiCall, or of an OpenCall
Follow = Callable[[ApiDeps, int, dict[str, Any]], dict[str, Any]]  # of the tenant's id and the data answered


@dataclass(frozen=True, slots=True)
class ApiRoute:
    """One method of one address. `data` is the schema of what is answered, of a list that of one item.

    `writes`: it changes something, so it needs a writing session. `is_open`: it needs no token before.
    `follow` completes the data of the answer once the change is committed, by what became of it since.
    `features` are what the tenant's plan must have. `as_csv`: its list is also answered as CSV.
    `shows_secret`: the answer has a secret, so what is kept of it for an Idempotency-Key is encrypted.
    """

    noun: str
    method: str
    path: str
    handle: Handler
    scope: str
    summary: str
    data: Any
    params: type[Params] = Params
    body: type[BaseModel] | None = None
    is_list: bool = False
    as_csv: bool = False
    writes: bool = False
    is_open: bool = False
    status: int = 200
    limit: RateLimitItem = GENERAL
    features: tuple[Feature, ...] = (Feature.API,)
    follow: Follow | None = None
    shows_secret: bool = False


@dataclass(slots=True)
class Routes:
    """The routes of one noun: `@RULES.get("/admin/rules", ...)` registers one.

    `reads` and `writes` are the scopes that its routes need.
    """

    noun: str
    reads: str
    writes: str
    limit: RateLimitItem = GENERAL
    features: tuple[Feature, ...] = (Feature.API,)
    routes: list[ApiRoute] = field(default_factory=list)

    def get(self, path: str, **what: Any) -> Callable[[Handler], Handler]:
        return self._add("GET", path, self.reads, {"writes": False, **what})

    def post(self, path: str, **what: Any) -> Callable[[Handler], Handler]:
        return self._add("POST", path, self.writes, {"writes": True, **what})

    def put(self, path: str, **what: Any) -> Callable[[Handler], Handler]:
        return self._add("PUT", path, self.writes, {"writes": True, **what})

    def patch(self, path: str, **what: Any) -> Callable[[Handler], Handler]:
        return self._add("PATCH", path, self.writes, {"writes": True, **what})

    def delete(self, path: str, **what: Any) -> Callable[[Handler], Handler]:
        return self._add("DELETE", path, self.writes, {"writes": True, **what})

    def _add(self, method: str, path: str, scope: str, what: dict[str, Any]) -> Callable[[Handler], Handler]:
        def register(handler: Handler) -> Handler:
            known = {"scope": scope, "limit": self.limit, "features": self.features, **what}
            self.routes.append(ApiRoute(self.noun, method, path, handler, **known))
            return handler

        return register

    def __iter__(self) -> Iterator[ApiRoute]:
        return iter(self.routes)
