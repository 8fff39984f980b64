"""Pipedrive's endpoint in tests: real WSGI, real database, no server."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import select

from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.tables import Event, WebhookCredential
from web.from_pipedrive.credentials import Credentials
from web.from_pipedrive.door import PATH, FromPipedrive
from web.from_pipedrive.group_writer import GroupWriter
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


class _Inner:
    def __call__(self, _environ: dict[str, Any], start_response: Any) -> list[bytes]:
        start_response("418 I'm a teapot", [])
        return [b""]


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
        self.app = FromPipedrive(_Inner(), credentials, writer, self.failures)

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
        told: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "REMOTE_ADDR": "192.0.2.1",
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": io.BytesIO(raw),
            "HTTP_AUTHORIZATION": authorization,
        }
        seen: list[Any] = []
        told |= environ
        told = {key: value for key, value in told.items() if value is not None}
        answer = b"".join(self.app(told, lambda *said: seen.append(said)))  # type: ignore[arg-type]
        status, headers = seen[0]
        return Flash(int(status[:3]), dict(headers), answer)

    def events(self, tenant_id: int) -> list[Event]:
        with self.database.reading(tenant_id) as session:
            mine = select(Event).where(Event.tenant_id == tenant_id)
            return list(session.scalars(mine.order_by(Event.id)))
