"""The Pipedrive user who authorised us, from `/users/me`, and their company."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

_SUBDOMAIN: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_ID: Final = re.compile(r"[0-9]{1,20}")
_INVISIBLE: Final = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ud800-\udfff\ufeff]+"
)
NAME_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Me:
    """One user of one company. Ids are digits, `email` is lower case, `domain` is the company's host.

    `domain` is None if Pipedrive sends none that is safe in a link.
    """

    user_id: str
    company_id: str
    name: str = ""
    email: str = ""
    is_admin: bool = False
    company_name: str = ""
    domain: str | None = None


def read_me(user: Mapping[str, Any]) -> Me | None:
    """Parse the response of `/users/me` (`data`); None if it has no user or no company.

    Source: https://developers.pipedrive.com/docs/api/v1/Users#getCurrentUser. Numbers may come as text,
    flags as 0 and 1.
    """
    user_id, company_id = _number(user.get("id")), _number(user.get("company_id"))
    if not user_id or not company_id:
        return None
    subdomain = _text(user.get("company_domain")).lower()
    return Me(
        user_id=user_id,
        company_id=company_id,
        name=_text(user.get("name")),
        email=_text(user.get("email")).lower(),
        is_admin=user.get("is_admin") in (True, 1, "1"),
        company_name=_text(user.get("company_name")),
        domain=f"{subdomain}.pipedrive.com" if _SUBDOMAIN.fullmatch(subdomain) else None,
    )


def _number(value: Any) -> str:
    text = str(value) if isinstance(value, int | str) and not isinstance(value, bool) else ""
    return text if _ID.fullmatch(text) else ""


def _text(value: Any) -> str:
    """Return one line of text without invisible or unstorable characters, for the name of a tenant."""
    if not isinstance(value, str):
        return ""
    return " ".join(_INVISIBLE.sub(" ", value).split())[:NAME_MOST].strip()
