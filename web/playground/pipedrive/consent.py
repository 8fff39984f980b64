"""Pipedrive's authorisation endpoint: its consent page, or an immediate redirect back."""

from collections.abc import Mapping
from typing import Any

from web.playground.pipedrive.oauth import OAuth
from web.playground.plain_page import button, choice, plain_page, redirect
from web.playground.wire import Answer

AUTHORIZE = "/oauth/authorize"
ALLOW, DENY = "allow", "deny"


def authorize(oauth: OAuth, query: Mapping[str, str], companies: Mapping[int, Any]) -> Answer:
    """Answer GET /oauth/authorize. `companies` (by id) have a `store`; people choose among their users.

    One undocumented case is refused: a challenge that is not S256 (the token endpoint
    would check nothing).
    """
    back = query.get("redirect_uri")
    if query.get("client_id") != oauth.client_id or not back:
        return plain_page("This app does not exist", "Unknown client_id, or no redirect_uri.", status=400)
    if oauth.callback not in (None, back):
        return plain_page("Something went wrong", "`redirect_uri` is not the app's callback URL.", status=400)
    if "code_challenge" in query and query.get("code_challenge_method") != "S256":
        return plain_page("Something went wrong", "code_challenge_method must be S256.", status=400)
    who = _who(oauth, query.get("as", ""), companies)
    answered = query.get("answer") or ("" if oauth.interactive else _usual(oauth))
    if answered not in (ALLOW, DENY):
        return _page(query, who, companies)
    if answered == DENY:
        found = {"error": "user_denied"}
    else:
        found = {"code": oauth.code_for(who, query.get("code_challenge"), back)}
    return redirect(back, found | ({"state": query["state"]} if "state" in query else {}))


def _usual(oauth: OAuth) -> str:
    return ALLOW if oauth.consent else DENY


def _who(oauth: OAuth, choice: str, companies: Mapping[int, Any]) -> tuple[int, int]:
    """The signed-in user: the one chosen on the page (`12345:2`), or the present one."""
    company, _, user = choice.partition(":")
    known = companies.get(int(company)) if company.isdecimal() else None
    if known and user in known.store.records["user"]:
        return int(company), int(user)
    return oauth.company_id, oauth.user_id


def _page(query: Mapping[str, str], who: tuple[int, int], companies: Mapping[int, Any]) -> Answer:
    company, user = who
    store = companies[company].store
    asked = {**query, "as": f"{company}:{user}"}
    choices = button("Allow and install", AUTHORIZE, asked | {"answer": ALLOW})
    choices += button("Deny", AUTHORIZE, asked | {"answer": DENY})
    others = [
        (f"{number}:{one['id']}", one["name"], each.store.company.name)
        for number, each in companies.items()
        for one in each.store.all("user")
        if (number, int(one["id"])) != who
    ]
    choices += "".join(
        choice(f"Continue as {name}", team, AUTHORIZE, {**query, "as": key}) for key, name, team in others
    )
    says = f"Pipenotify asks for access to {store.company.name} as {store.name('user', user)}."
    return plain_page("Allow Pipenotify?", says, choices)
