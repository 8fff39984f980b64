"""Pipedrive's endpoint in tests: real database, no server."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select

from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.tables import Event, WebhookCredential
from tests.web.rsgi import Channel, Scope, run
from web.from_pipedrive.credentials import Credentials
from web.from_pipedrive.door import PATH, FromPipedrive
from web.from_pipedrive.group_writer import GroupWriter
from web.incoming.request import IncomingRequest
from web.security.rate_limit import FailureCounter

PASSWORD = "pä55-wörd ☃"


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def give_credential(
    database: Database, vault: Vault, tenant_id: int, key: str, password: str = PASSWORD, **columns: Any
) -> None:
    """Store the credential `pd:<password>` for a key."""
    closed = vault.close(password, associated_data(tenant_id, "webhook_credentials", "password", key))
    with database.writing(tenant_id) as session:
        row = WebhookCredential(tenant_id=tenant_id, key=key, user_name="pd", password=closed, **columns)
        session.add(row)


@dataclass(frozen=True)
class Flash:
    """A response of the endpoint."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Door:
    database: Database
    vault: Vault
    stored: list[tuple[int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        writer = GroupWriter(self.database, lambda new, repeats: self.stored.append((new, repeats)))
        writer.start()
        self.failures = FailureCounter()
        credentials = Credentials(self.database, self.vault, 1.8)
        self.app = FromPipedrive(credentials, writer, self.failures)

    def post(
        self,
        body: bytes | dict[str, Any] = b"{}",
        *,
        path: str = f"{PATH}/k-acme",
        authorization: str | None = None,
        method: str = "POST",
        **environ: Any,
    ) -> Flash:
        raw = body if isinstance(body, bytes) else orjson.dumps(body)
        authorization = basic("pd", PASSWORD) if authorization is None else authorization
        peer = environ.pop("REMOTE_ADDR", "192.0.2.1")
        told = {"CONTENT_LENGTH": str(len(raw)), "HTTP_AUTHORIZATION": authorization} | environ
        if told["CONTENT_LENGTH"] is None:
            told["HTTP_TRANSFER_ENCODING"] = "chunked"
        headers = [
            (name.removeprefix("HTTP_").replace("_", "-"), value)
            for name, value in told.items()
            if value is not None
        ]
        request = IncomingRequest(Scope(method, path, headers, peer=peer), Channel(raw))
        answer = run(self.app.answer(request))
        request.end()
        return Flash(answer.status, dict(answer.headers), answer.body)

    def events(self, tenant_id: int) -> list[Event]:
        with self.database.reading(tenant_id) as session:
            mine = select(Event).where(Event.tenant_id == tenant_id)
            return list(session.scalars(mine.order_by(Event.id)))
