"""Lets callers in: by their token, as often as their limits allow."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

from flask import Response, g, request
from limits import RateLimitItem

from models.accounts.api_sessions import find_api_session
from models.accounts.tokens import PREFIX, ApiCaller, find_caller, note_use
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable, NotAuthenticated, TokenMissing
from web.api.access_token import AccessTokens
from web.api.errors import RequestLimitReached
from web.api.limits import GENERAL, STRICT, UNKNOWN, RateLimits
from web.incoming.event_streams import GOES_ON
from web.security.rate_limit import network_of


class Gate:
    """Knows who calls, and counts how often."""

    def __init__(self, database: Database, tokens: AccessTokens, limits: RateLimits) -> None:
        self._database, self._tokens, self._limits = database, tokens, limits

    def admit(self, limit: RateLimitItem) -> ApiCaller:
        """Return who calls. Raises NotAuthenticated, RequestLimitReached."""
        try:
            caller = self._caller()
        except NotAuthenticated:
            self.count_unknown()
            raise
        if GOES_ON not in request.environ:
            self.count_tenant(caller.actor.tenant, limit)
        if caller.use_is_due:
            with suppress(DatabaseUnavailable), self._database.writing(caller.actor.tenant) as session:
                note_use(session, caller.actor.tenant, caller.token_id, now())
        return caller

    def count_tenant(self, tenant_id: int, limit: RateLimitItem = GENERAL) -> None:
        """Count a call of a tenant. Raises RequestLimitReached."""
        self._keep(limit, str(tenant_id))

    def count_unknown(self) -> None:
        """Count a call of nobody we know, by its address. Raises RequestLimitReached."""
        self._keep(UNKNOWN, network_of(request.remote_addr or ""))

    def count_failure(self) -> None:
        """Count a token that was not good where tokens are exchanged, by its address: few are no guesses.

        Raises RequestLimitReached.
        """
        self.count_unknown()
        self._keep(STRICT, network_of(request.remote_addr or ""))

    def _keep(self, limit: RateLimitItem, who: str) -> None:
        g.limit_state = state = self._limits.count(limit, who)
        if state.is_over:
            raise RequestLimitReached(state.retry_after())

    def show_limit(self, response: Response) -> None:
        """Add the headers that say what is left; to whom nothing was counted, what their address has left."""
        state = g.get("limit_state") or self._limits.look(UNKNOWN, network_of(request.remote_addr or ""))
        response.headers["X-RateLimit-Limit"] = str(state.limit)
        response.headers["X-RateLimit-Remaining"] = str(state.remaining)
        response.headers["X-RateLimit-Reset"] = str(state.reset_at)

    def _caller(self) -> ApiCaller:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise TokenMissing
        if token.startswith(PREFIX):
            with self._database.reading_all() as session:
                return find_caller(session, token)
        uid, scopes = self._tokens.read(token)
        with self._database.reading_all() as session:
            caller = find_api_session(session, uid)
        return replace(caller, scopes=caller.scopes & scopes)
