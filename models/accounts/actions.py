"""Actions on accounts, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

import re
from typing import Final

from sqlalchemy import and_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.limits import INVITATIONS, require_seldom
from models.accounts.permissions import require
from models.accounts.rights import Action, role_text
from models.database.ruleset_version import ruleset_changed
from models.errors import Conflict, InvalidRequest, NotFound
from models.languages.catalog import ENGLISH, LANGUAGES, known_locale
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.accounts import ROLES, Role, Tenant, User
from models.tables.connections import PipedriveUser
from models.tables.destinations import PAUSED_BY, Destination

EMAIL_MOST: Final = 320
_EMAIL: Final = re.compile(r"[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+")
LAST_ADMIN: Final = marked("This is the only admin of your team. Make somebody else an admin first.")
GONE: Final = marked("This person is not in your team any more.")


def remember_chat_name(
    session: Session, actor: Actor, chat_name: str, display_name: str, locale: str = ""
) -> None:
    """Store what Chat says of the acting user: their name there, their locale (empty: it says none).

    Their display name is stored if none is known. If Chat refused their direct messages, when they had not
    written yet, these go on.
    """
    mine = (User.tenant_id == actor.tenant_id, User.id == actor.user_id)
    if chat_name and not actor.chat_name:
        resume_direct_message(session, actor)
    session.execute(update(User).where(*mine).values(chat_name=chat_name or actor.chat_name))
    if locale and locale != actor.chat_locale:
        session.execute(update(User).where(*mine).values(chat_locale=locale))
        if not actor.language and locale != (actor.chat_locale or actor.tenant_language):
            ruleset_changed(session, [actor.tenant])  # their cards have another language now
    if display_name:
        unnamed = update(User).where(*mine, User.display_name == "")
        session.execute(unnamed.values(display_name=display_name))


def resume_direct_message(session: Session, actor: Actor) -> None:
    """Send to the acting user's direct message again after Chat had refused it; a pause by them stays."""
    theirs = (
        Destination.tenant_id == actor.tenant,
        Destination.kind == "chat_dm",
        Destination.name == actor.name,
        Destination.is_active.is_(False),
        Destination.paused_because.not_like(f"{PAUSED_BY}%"),
    )
    if session.scalar(select(Destination.id).where(*theirs)) is None:
        return  # a statement that changes destinations counts as a change of rules
    session.execute(update(Destination).where(*theirs).values(is_active=True, paused_because=None))
    ruleset_changed(session, [actor.tenant])


def set_own_language(session: Session, actor: Actor, language: str) -> str:
    """Answer the acting user in a language from now on, empty for that of their Chat; return its locale.

    Raises NotAllowed for a guest, and InvalidRequest for an unknown language.
    """
    require(session, actor, Action.ATTENTION_SELF)
    locale = _known_language(language)
    session.execute(
        update(User).where(User.tenant_id == actor.tenant, User.id == actor.user_id).values(language=locale)
    )
    ruleset_changed(session, [actor.tenant])
    record(session, actor, "user.language", actor.name, language=locale)
    return locale


def set_tenant_language(session: Session, actor: Actor, language: str) -> str:
    """Write the tenant's cards in a language from now on; return its locale.

    Raises NotAllowed, and InvalidRequest for an unknown language.
    """
    require(session, actor, Action.ATTENTION_CHANGE)
    locale = _known_language(language) or ENGLISH
    session.execute(update(Tenant).where(Tenant.id == actor.tenant).values(language=locale))
    ruleset_changed(session, [actor.tenant])
    record(session, actor, "tenant.language", actor.tenant_name, language=locale)
    return locale


def _known_language(language: str) -> str:
    locale = known_locale(language)
    if language and not locale:
        known = ", ".join(LANGUAGES)
        raise InvalidRequest(
            user_message=tr(
                "I do not speak “{language}”. I speak: {known}.", language=language[:40], known=known
            )
        )
    return locale


def set_role(session: Session, actor: Actor, user_id: int, role: str) -> tuple[User, Role] | None:
    """Give a user of the tenant another role; return them with the role before, None for the same role.

    Raises NotAllowed, NotFound, and InvalidRequest for an unknown role or for the last admin.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    role = _known_role(role)
    user, is_last_admin = lock_user(session, actor.tenant, user_id)
    if user.role == role:
        return None
    if is_last_admin:
        raise InvalidRequest.of_field("role", tr(LAST_ADMIN))
    before, user.role = Role(user.role), role
    session.flush()
    record(session, actor, "user.role", user.email, before=before, role=role)
    return user, before


def lock_user(session: Session, tenant_id: int, user_id: int) -> tuple[User, bool]:
    """Return a user of the tenant, and whether they are its only admin, until the transaction ends.

    The admins are locked, so that two of them cannot take each other's role at the same moment.
    Raises NotFound.
    """
    admins = select(User).where(User.tenant_id == tenant_id, User.role == Role.ADMIN).order_by(User.id)
    present = session.scalars(admins.with_for_update()).all()
    user = session.scalar(select(User).where(User.tenant_id == tenant_id, User.id == user_id))
    if user is None:
        raise NotFound(user_message=tr(GONE))
    return user, [each.id for each in present] == [user.id]


def invite_user(session: Session, actor: Actor, email: str, role: str) -> User:
    """Make somebody a user of the tenant, who is known by this e-mail in Chat and when signing in.

    Returns the new user. Raises NotAllowed, TooOften (see `INVITATIONS`), InvalidRequest for an unknown role
    or what is no e-mail, Conflict for a user.
    """
    require(session, actor, Action.PEOPLE_CHANGE)
    require_seldom(session, actor.tenant, INVITATIONS)
    role, email = _known_role(role), email.strip().lower()
    if len(email) > EMAIL_MOST or not _EMAIL.fullmatch(email):
        raise InvalidRequest.of_field("email", tr("That is no e-mail address. Please type it again."))
    user = User(tenant_id=actor.tenant, email=email, role=role)
    try:
        with session.begin_nested():
            session.add(user)
            session.flush()
    except IntegrityError as known:
        in_team = tr("{email} is in your team already. Change their role in the list of people.", email=email)
        raise Conflict(user_message=in_team) from known
    theirs = and_(PipedriveUser.tenant_id == actor.tenant, PipedriveUser.email == email)
    session.execute(update(PipedriveUser).where(theirs).values(was_removed=False))
    record(session, actor, "user.invited", email, role=role)
    return user


def _known_role(role: str) -> Role:
    if role not in ROLES:
        raise InvalidRequest.of_field(
            "role", tr("There is no such role. There are {roles}.", roles=roles_text())
        )
    return Role(role)


def roles_text() -> str:
    """Return all roles as people read them: `admin, manager, ...`."""
    return ", ".join(tr(role_text(role)) for role in ROLES)
