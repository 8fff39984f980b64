"""Access control of pages: decorators for views, and the checks before each view.

A view is checked for forged forms unless it is marked `own_proof`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, ParamSpec, TypeVar
from urllib.parse import unquote, urlencode

from flask import Flask, current_app, g, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import TooManyRequests, Unauthorized
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response

from models.accounts.rights import Action
from models.accounts.sessions import SignedInUser
from models.settings import Settings
from web.security.csrf import SAFE, CrossSite
from web.security.hosts import host_check, is_loopback
from web.security.rate_limit import FailureCounter
from web.security.sessions import Sessions

SESSIONS: Final = "pipenotify.sessions"
# S1-79: ten in five minutes; only failures count, so that an office behind one address never reaches it.
FAILURES: Final = 10
WINDOW_S: Final = 300
LONGEST_PATH: Final = 500
FAILED: Final = frozenset({400, 401, 403, 404, 410})

Asked = ParamSpec("Asked")
View = TypeVar("View", bound=Callable[..., Any])


def own_proof(view: View) -> View:
    """Mark a view whose clients authenticate without a cookie: by a signature or a password.

    It needs no form token, and answers under any host name.
    """
    view.has_own_proof = True  # type: ignore[attr-defined]  # a mark that functools.wraps carries on
    return view


def guessable(view: View) -> View:
    """Mark a view where secrets could be guessed: after ten failures in five minutes an address must wait."""
    view.is_guessable = True  # type: ignore[attr-defined]  # a mark that functools.wraps carries on
    return view


def signed_in(view: Callable[Asked, ResponseReturnValue]) -> Callable[Asked, ResponseReturnValue]:
    """Allow only people who are signed in; a browser is sent to sign in and back, others get 401."""

    @wraps(view)
    def guarded(*args: Asked.args, **kwargs: Asked.kwargs) -> ResponseReturnValue:
        return to_sign_in() if _person() is None else view(*args, **kwargs)

    return guarded


def allowed(
    action: Action,
) -> Callable[[Callable[Asked, ResponseReturnValue]], Callable[Asked, ResponseReturnValue]]:
    """Return a decorator that allows a view to people whose role in the selected tenant has a right.

    The role is read from the database at each request. Raises NotAllowed.
    """

    def decorate(view: Callable[Asked, ResponseReturnValue]) -> Callable[Asked, ResponseReturnValue]:
        @wraps(view)
        def guarded(*args: Asked.args, **kwargs: Asked.kwargs) -> ResponseReturnValue:
            person = _person()
            if person is None:
                return to_sign_in()
            _sessions().require(person, action)
            return view(*args, **kwargs)

        return guarded

    return decorate


def _person() -> SignedInUser | None:
    return _sessions().current()


def _sessions() -> Sessions:
    sessions: Sessions = current_app.extensions[SESSIONS]
    return sessions


def to_sign_in() -> ResponseReturnValue:
    """Redirect a browser to sign in and then back here. Raises Unauthorized for other clients."""
    asked = request.accept_mimetypes
    if asked.quality("text/html") <= asked.quality("application/json"):
        raise Unauthorized("Sign in first.")
    back = request.full_path.rstrip("?") if request.method in SAFE else "/setup"
    return redirect(f"/sign-in?{urlencode({'next': back})}", 303)


def guard(app: Flask, settings: Settings, sessions: Sessions) -> None:
    """Add the checks before every view of an app, and `csrf_token()` to its templates."""
    app.extensions[SESSIONS] = sessions
    if settings.proxy_hops:
        # Flask's documented way (https://flask.palletsprojects.com/en/stable/deploying/proxy_fix/).
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=settings.proxy_hops, x_proto=0)  # type: ignore[method-assign]
    cross_site, check_host = CrossSite(settings, sessions), host_check(settings)
    failures = FailureCounter(FAILURES, WINDOW_S)

    @app.before_request
    def _check() -> None:
        _slow_down(failures)
        if _is_marked("has_own_proof") or request.blueprint == "health":
            return
        check_host()
        if request.endpoint is not None:
            cross_site.check()

    @app.after_request
    def _note(response: Response) -> Any:
        _count(failures, response)
        sessions.keep_browser(response)
        return response

    app.add_template_global(cross_site.token, "csrf_token")


def _is_marked(name: str) -> bool:
    return bool(getattr(current_app.view_functions.get(request.endpoint or ""), name, False))


def _slow_down(failures: FailureCounter) -> None:
    if _is_marked("is_guessable") and failures.is_shut_out(request.remote_addr or ""):
        g.has_to_wait = True
        raise TooManyRequests("Too many failed tries from your network. Please wait five minutes.")


def _count(failures: FailureCounter, response: Response) -> None:
    """Count a failure by its address. Loopback is an undeclared proxy, or this machine itself."""
    address = request.remote_addr or ""
    if g.get("has_to_wait"):
        response.headers["Retry-After"] = str(failures.window_s)
    elif _is_marked("is_guessable") and response.status_code in FAILED and not is_loopback(address):
        failures.is_too_many(address)


def path_of_ours(wanted: str | None, instead: str = "/setup") -> str:
    """Return `path` if it is one of ours to redirect to; `instead` if it could lead to another site.

    Checked as it is and once decoded, because some proxies decode before they forward.
    """
    path = wanted or ""
    is_plain = path.isascii() and " " not in path and len(path) <= LONGEST_PATH
    return path if is_plain and _stays_here(path) and _stays_here(unquote(path)) else instead


def _stays_here(path: str) -> bool:
    return path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
