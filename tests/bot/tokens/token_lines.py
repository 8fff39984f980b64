"""What the entries of tokens are asked with, and a token of whoever is a user."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from models.accounts.rights import Action
from models.clock import now
from models.tables import ApiToken, User

TOKEN: Final = {"token": "{token}"}
TOKEN_LINES: Final[dict[str, tuple[Action, Any]]] = {
    "command token list": (Action.API_ACCESS, ""),
    "command token new": (Action.API_ACCESS, "CRM sync 90d"),
    "command token revoke": (Action.API_ACCESS, "{token}"),
    "button token.ask": (Action.API_ACCESS, TOKEN),
    "button token.list": (Action.API_ACCESS, {}),
    "button token.new": (Action.API_ACCESS, {}),
    "button token.revoke": (Action.API_ACCESS, TOKEN),
}


def token_of(session: Any, tenant_id: int, email: str) -> int:
    """Add a token of a user of this e-mail and return its number, 0 where there is no such user."""
    mine = (User.tenant_id == tenant_id, User.email == email)
    user_id = session.scalar(select(User.id).where(*mine))
    if user_id is None:
        return 0
    token = ApiToken(tenant_id=tenant_id, user_id=user_id, token_hash=uuid.uuid4().hex, scopes=["read:rules"])
    token.expires_at = now() + timedelta(days=1)
    session.add(token)
    session.flush()
    return int(token.id)
