"""The setup page in every state: what the database has, and who is signed in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.sessions import Origin, open_session
from models.clock import now
from models.destinations.linking import link_space
from models.pipedrive.rest.webhooks import WANTED
from models.tables import (
    ApiUsage,
    Backfill,
    Connection,
    Delivery,
    Destination,
    Event,
    Heartbeat,
    PersonalConnection,
    PipedriveUser,
    Tenant,
    UnknownCommand,
    User,
    WebhookSubscription,
)

ADA, BEN = "ada@example.com", "ben@example.com"
OutgoingMessage = Callable[[Session], str | None]


def nobody(_session: Session) -> None:
    """Nobody is signed in, and Chat never called us."""


def stranger(session: Session) -> str:
    """Somebody signed in who belongs to no tenant yet."""
    return _sign_in(session, ADA, "Ada Lovelace")


def beginner(session: Session) -> str:
    """An admin of two tenants; the selected one has nothing yet."""
    team, other = Tenant(name="Acme"), Tenant(name="Initech", monthly_limit=None)
    session.add_all([team, other])
    session.flush()
    session.add_all(User(tenant_id=each.id, email=ADA, role="admin") for each in (team, other))
    return _sign_in(session, ADA, "Ada Lovelace", team.id)


def connected(session: Session) -> str:
    """Everything is done and works."""
    team = _team(session)
    _connection(session, team, tokens=1240)
    for each in WANTED:
        _hook(session, team, each, "")
    place = _space(session, team, "spaces/AAAA", "Deals")
    _space(session, team, "spaces/BBBB", "Wins")
    session.add(_card(team, place, "delivered"))
    session.add(Heartbeat(part="chat", at=now() - timedelta(minutes=3)))
    session.add(Backfill(tenant_id=team.id, **_stretch(), reason="an outage of ours", state="done", found=3))
    return _sign_in(session, ADA, "Ada Lovelace", team.id)


def onlooker(session: Session) -> str:
    """The same, seen by somebody who is no admin."""
    connected(session)
    return _sign_in(session, BEN, "Ben Okri")


def troubled(session: Session) -> str:
    """Everything that can be wrong at once."""
    team = _team(session)
    soon = now() + timedelta(minutes=20)
    _connection(
        session,
        team,
        is_admin=False,
        problem="The webhook of deals is missing.",
        limited_until=soon,
        rotates=True,
    )
    for number, each in enumerate(WANTED):
        _hook(session, team, each, "Pipedrive stopped sending: too many failures" if number % 2 else "")
    place = _space(session, team, "spaces/AAAA", "Deals <b>& more</b>")
    paused = _space(session, team, "spaces/BBBB", "Wins")
    paused.is_active, paused.paused_because = False, "Pipenotify was removed from this space"
    session.add(_card(team, place, "dead", reason="Chat refused the card (403)"))
    session.add(Heartbeat(part="chat", at=now() - timedelta(days=2)))
    session.add(UnknownCommand(command_id="99", times=3))
    session.add(Backfill(tenant_id=team.id, **_stretch(), reason="a lost webhook", state="failed"))
    return _sign_in(session, ADA, "Ada Lovelace", team.id)


def cut_off(session: Session) -> str:
    """Pipedrive no longer accepts the authorisation, and a test card is being sent."""
    team = _team(session)
    _connection(session, team, state="needs_reauth")
    place = _space(session, team, "spaces/AAAA", "Deals")
    session.add(_card(team, place, "pending"))
    return _sign_in(session, ADA, "Ada Lovelace", team.id)


SCENES: Final[dict[str, OutgoingMessage]] = {
    each.__name__: each for each in (nobody, stranger, beginner, connected, onlooker, troubled, cut_off)
}


def _sign_in(session: Session, email: str, name: str, tenant_id: int | None = None) -> str:
    return open_session(session, email, name, "a browser of the tests", Origin(tenant_id))


def _team(session: Session) -> Tenant:
    team = Tenant(name="Acme")
    session.add(team)
    session.flush()
    people = [
        User(tenant_id=team.id, email=ADA, display_name="Ada Lovelace", role="admin", chat_name="users/1"),
        User(tenant_id=team.id, email=BEN, display_name="Ben Okri", pipedrive_user_id="12"),
        User(
            tenant_id=team.id, email="a.very.long.address.of.somebody@subsidiary.example.com", role="viewer"
        ),
    ]
    session.add_all(people)
    session.flush()
    known = [("11", "Ada L.", ADA), ("12", "Ben", BEN), ("13", "", "cy@example.com")]
    session.add_all(
        PipedriveUser(tenant_id=team.id, pipedrive_id=number, name=name, email=email)
        for number, name, email in known
    )
    mine = PersonalConnection(tenant_id=team.id, user_id=people[1].id, pipedrive_user_id="12")
    session.add(mine)
    return team


def _connection(session: Session, team: Tenant, tokens: int = 0, **columns: object) -> None:
    usual = {
        "company_id": "7",
        "company_name": "Acme Corporation",
        "domain": "acme.pipedrive.com",
        "state": "connected",
        "connected_by": ADA,
        "is_admin": True,
        "keeps_webhooks": True,
        "checked_at": now() - timedelta(hours=2),
        "next_check_at": now() + timedelta(days=1),
        "refresh_token": "closed",
    }
    session.add(Connection(tenant_id=team.id, **(usual | columns)))
    session.add(ApiUsage(tenant_id=team.id, day=now().date(), tokens=tokens, calls=9))
    session.add(
        Event(tenant_id=team.id, source_key="e1", raw=b"{}", received_at=now() - timedelta(minutes=5))
    )


def _hook(session: Session, team: Tenant, entity: str, trouble: str) -> None:
    heard_at = now() - timedelta(minutes=5) if entity == "deal" else None
    session.add(
        WebhookSubscription(
            tenant_id=team.id,
            pipedrive_id=f"w-{entity}",
            entity=entity,
            key="k",
            last_delivery_at=heard_at,
            problem=trouble,
        )
    )


def _space(session: Session, team: Tenant, name: str, title: str) -> Destination:
    link_space(session, team.id, name, title)
    here = (Destination.tenant_id == team.id, Destination.name == name)
    return session.scalars(select(Destination).where(*here)).one()


def _card(team: Tenant, place: Destination, state: str, reason: str = "test") -> Delivery:
    return Delivery(
        tenant_id=team.id,
        destination_id=place.id,
        destination_name=place.name,
        lane=place.lane,
        is_test=True,
        state=state,
        reason=reason,
        finished_at=None if state == "pending" else now() - timedelta(minutes=1),
    )


def _stretch() -> dict[str, object]:
    return {"since": now() - timedelta(hours=5), "until": now() - timedelta(hours=3)}
