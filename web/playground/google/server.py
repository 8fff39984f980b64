"""Google's accounts over HTTP: discovery, the account chooser, the token endpoint and its keys."""

from collections.abc import Mapping
from typing import Self

from web.playground.faults import Faults
from web.playground.google.sign_in import FakeSignIn, SignInError
from web.playground.people import ADA, BEN, Person
from web.playground.plain_page import choice, plain_page, redirect
from web.playground.wire import Answer, Request, Server, answer_json

AUTH = "/o/oauth2/v2/auth"
CERTS = "/oauth2/v3/certs"
DISCOVERY = "/.well-known/openid-configuration"
KEPT = {"Cache-Control": "public, max-age=3600"}
NOBODY = "nobody"


class FakeGoogle:
    """`with FakeGoogle() as google:` serves `google.url`; `google.sign_in` has the registration and switches.

    `auto` is the e-mail of a person who is signed in and consents at once; None shows the account chooser.
    `denies` simulates a person who cancels.
    """

    def __init__(self, people: Mapping[str, Person] | None = None, *, port: int = 0) -> None:
        self.people = people if people is not None else {one.name: one for one in (ADA, BEN)}
        self.sign_in = FakeSignIn()
        self.faults = Faults()
        self.auto: str | None = None
        self.denies = False
        self.requests: list[tuple[str, str, int]] = []
        self._server = Server(self._answer, port)

    @property
    def url(self) -> str:
        return self._server.url

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        self._server.start()
        self.sign_in.issuer = self.sign_in.issuer or self.url

    def close(self) -> None:
        self._server.close()

    def discovery(self) -> dict[str, str | list[str]]:
        return {
            "issuer": self.sign_in.issuer,
            "authorization_endpoint": f"{self.url}{AUTH}",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}{CERTS}",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "email", "profile"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
        }

    def _answer(self, request: Request) -> Answer:
        fault = self.faults.take(request.path)
        if fault and fault.status:
            usual = answer_json({"error": "internal_failure"}, fault.status, fault.headers)
            answer = fault.refusal(usual)
        else:
            answer = self._route(request)
            answer = fault.disturb(answer) if fault else answer
        self.requests.append((request.method, request.path, answer.status))
        return answer

    def _route(self, request: Request) -> Answer:
        known = (request.method, request.path)
        if known == ("GET", DISCOVERY):
            return answer_json(self.discovery(), headers=KEPT)
        if known == ("GET", CERTS):
            return answer_json(self.sign_in.keys(), headers=KEPT)
        if known == ("GET", AUTH):
            return self._authorise(request.query)
        if known != ("POST", "/token"):
            return answer_json({"error": "not_found"}, 404)
        try:
            return answer_json(self.sign_in.exchange(request), headers={"Cache-Control": "no-store"})
        except SignInError as refused:
            payload = {"error": refused.error, "error_description": refused.says}
            return answer_json(payload, refused.status)

    def _authorise(self, query: Mapping[str, str]) -> Answer:
        try:
            self.sign_in.check(query)
        except SignInError as refused:
            title = f"Access blocked: Error {refused.status}: {refused.error}"
            return plain_page(title, refused.says, status=refused.status)
        chosen = query.get("account") or self.auto
        if self.denies or chosen == NOBODY:
            return redirect(query["redirect_uri"], {"error": "access_denied", "state": query["state"]})
        person = next((one for one in self.people.values() if one.email == chosen), None)
        return self._back(person, query) if person else self._chooser(query)

    def _chooser(self, query: Mapping[str, str]) -> Answer:
        people = sorted(self.people.values(), key=lambda one: one.email != query.get("login_hint"))
        choices = [
            choice(one.display_name, one.email, AUTH, {**query, "account": one.email}) for one in people
        ]
        choices.append(choice("Cancel", "", AUTH, {**query, "account": NOBODY}))
        return plain_page("Choose an account", "to continue to Pipenotify", "".join(choices))

    def _back(self, person: Person, query: Mapping[str, str]) -> Answer:
        found = {"state": query["state"], "code": self.sign_in.code_for(person, query)}
        found |= {"scope": query["scope"], "authuser": "0", "prompt": "consent"}
        return redirect(query["redirect_uri"], found)
