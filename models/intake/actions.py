"""Makes and revokes forms, and takes what is entered in them: a row first, Pipedrive later."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked, tr
from models.security.audit import record
from models.security.contents import fingerprint, is_text
from models.security.secrets import digest_of, new_secret
from models.tables.leads import IntakeForm, IntakeSubmission, SubmissionState

PREFIX: Final = "in_"
MOST_FORMS: Final = 20
MOST_ORIGINS: Final = 10
NAME_LETTERS: Final = 100
CONSENT_LETTERS: Final = 2000
JOINS_WITHIN: Final = timedelta(minutes=10)
SAME_WITHIN: Final = timedelta(minutes=10)  # a form that is sent twice is one submission
WITHOUT_NAME: Final = marked("Give the form a name.")
NO_SUCH_FORM: Final = marked("There is no such form, or it was revoked already.")


@dataclass(frozen=True, slots=True)
class Entered:
    """What somebody entered, checked; texts are trimmed. `agreed`: they ticked the consent."""

    name: str = ""
    email: str = ""
    phone: str = ""
    organization: str = ""
    title: str = ""
    message: str = ""
    agreed: bool = False


def create_form(
    session: Session, actor: Actor, name: str, *, origins: Sequence[str] = (), consent: str = ""
) -> tuple[IntakeForm, str]:
    """Make a form; return it with the token of its address, which is stored nowhere.

    Raises NotAllowed, and InvalidRequest for no name, a site that is none, or too many forms.
    """
    require(session, actor, Action.CONNECTION_CHANGE)
    if not name.strip():
        raise InvalidRequest.of_field("name", tr(WITHOUT_NAME))
    good = and_(IntakeForm.tenant_id == actor.tenant, IntakeForm.revoked_at.is_(None))
    if (session.scalar(select(func.count(IntakeForm.id)).where(good)) or 0) >= MOST_FORMS:
        raise InvalidRequest(user_message=tr("There are {count} forms. Revoke one first.", count=MOST_FORMS))
    token = f"{PREFIX}{new_secret()}"
    made = IntakeForm(
        tenant_id=actor.tenant,
        name=name.strip()[:NAME_LETTERS],
        token_hash=digest_of(token),
        last_four=token[-4:],
        origins=_check_origins(origins),
        consent=consent.strip()[:CONSENT_LETTERS],
        made_by=actor.name,
    )
    session.add(made)
    session.flush()
    record(session, actor, "intake.form_made", made.name, form=made.id)
    return made, token


def _check_origins(origins: Sequence[str]) -> list[str]:
    found = []
    for each in origins:
        plain = each.strip().rstrip("/").lower()
        parts = urlsplit(plain)
        if (
            parts.scheme not in ("http", "https")
            or not parts.netloc
            or plain != f"{parts.scheme}://{parts.netloc}"
        ):
            raise InvalidRequest.of_field(
                "origins", tr("{site} is no site. Write it like https://example.com.", site=each[:80])
            )
        found.append(plain)
    if len(found) > MOST_ORIGINS:
        raise InvalidRequest.of_field(
            "origins", tr("A form takes at most {count} sites.", count=MOST_ORIGINS)
        )
    return list(dict.fromkeys(found))


def revoke_form(session: Session, actor: Actor, form_id: int | None) -> IntakeForm:
    """Take nothing more from a form; what was entered stays. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = and_(
        IntakeForm.tenant_id == actor.tenant, IntakeForm.id == form_id, IntakeForm.revoked_at.is_(None)
    )
    form = session.scalar(select(IntakeForm).where(mine))
    if form is None:
        raise NotFound(user_message=tr(NO_SUCH_FORM))
    form.revoked_at = now()
    record(session, actor, "intake.form_revoked", form.name, form=form.id)
    return form


def accept(session: Session, form: IntakeForm, entered: Entered) -> IntakeSubmission:
    """Store what was entered; the same again within some minutes is the row that there is.

    The session is a writing one of the form's tenant. A worker makes the lead. Raises InvalidRequest where
    the consent is missing, and ConstraintViolation where the same is stored at this moment.
    """
    if form.consent and not entered.agreed:
        raise InvalidRequest(user_message=form.consent)
    at = now()
    key, earlier = (
        fingerprint(session, form.tenant_id, _same_words(form.id, entered, each))
        for each in (at, at - SAME_WITHIN)
    )
    is_recent = and_(IntakeSubmission.key == earlier, IntakeSubmission.created_at > at - SAME_WITHIN)
    same = or_(IntakeSubmission.key == key, is_recent)
    mine = select(IntakeSubmission).where(IntakeSubmission.tenant_id == form.tenant_id, same)
    if (known := session.scalars(mine.order_by(IntakeSubmission.id)).first()) is not None:
        return known
    texts = {name: value for name, value in asdict(entered).items() if name != "agreed"}
    made = IntakeSubmission(
        tenant_id=form.tenant_id,
        form_id=form.id,
        key=key,
        **texts,
        consent=form.consent if entered.agreed else "",
        joined_id=_to_join(session, form, entered.email, at),
    )
    session.add(made)
    session.flush()
    return made


def _same_words(form_id: int, entered: Entered, at: datetime) -> str:
    """Return what is the same for the same words within the same minutes."""
    window = int(at.timestamp() // SAME_WITHIN.total_seconds())
    return json.dumps([form_id, window, asdict(entered)], sort_keys=True)


def _to_join(session: Session, form: IntakeForm, email: str, at: datetime) -> int | None:
    """Return the first submission of the same e-mail within some minutes, None if this is the first."""
    if not email:
        return None
    same = and_(
        IntakeSubmission.tenant_id == form.tenant_id,
        is_text(IntakeSubmission, "email", form.tenant_id, email),
        IntakeSubmission.created_at > at - JOINS_WITHIN,
        IntakeSubmission.joined_id.is_(None),
        IntakeSubmission.state != SubmissionState.DEAD,
    )
    return session.scalar(select(IntakeSubmission.id).where(same).order_by(IntakeSubmission.id).limit(1))


def try_again(session: Session, actor: Actor, submission_id: int) -> IntakeSubmission:
    """Let a submission that was given up be written after all. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = and_(
        IntakeSubmission.tenant_id == actor.tenant,
        IntakeSubmission.id == submission_id,
        IntakeSubmission.state == SubmissionState.DEAD,
    )
    found = session.scalar(select(IntakeSubmission).where(mine).with_for_update())
    if found is None:
        raise NotFound
    found.state, found.attempts, found.next_attempt_at = SubmissionState.PENDING, 0, now()
    found.finished_at, found.problem = None, ""
    record(session, actor, "intake.tried_again", str(found.id))
    return found
