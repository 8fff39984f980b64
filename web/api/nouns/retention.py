"""retention: for how many days the team keeps its history; encryption: whether contact details are."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from models.accounts.permissions import require
from models.accounts.rights import Action
from models.maintenance.encryption import Encryption, get_encryption, set_encryption
from models.maintenance.retention import LEAST_OF_AUDIT, Retention, get_retention, set_retention
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Out, validate

RETENTION: Final = Routes("retention", "read:settings", "write:settings")
PATH: Final = "/admin/retention"
ENCRYPTION: Final = Routes("encryption", "read:settings", "write:settings")
ENCRYPTION_PATH: Final = "/admin/encryption"


class RetentionBody(Body):
    """Days for each kind: the audit trail is kept forever with null.

    Events are kept at most as the plan has it, deliveries at most as long as events, attempts at most as long
    as deliveries.
    """

    events: int = Field(ge=1)
    deliveries: int = Field(ge=1)
    attempts: int = Field(ge=1)
    audit: int | None = Field(ge=LEAST_OF_AUDIT)


class RetentionPatch(Body):
    """The kinds that change: what is not named stays."""

    events: int = Field(1, ge=1)
    deliveries: int = Field(1, ge=1)
    attempts: int = Field(1, ge=1)
    audit: int | None = Field(None, ge=LEAST_OF_AUDIT)


class RetentionOut(Out):
    """Days after which history is deleted, by kind; `audit` is null while the trail is kept forever."""

    events: int
    deliveries: int
    attempts: int
    audit: int | None


class EncryptionBody(Body):
    """Whether contact details are to be encrypted in the database from now on."""

    contact_details: bool


class EncryptionOut(Out):
    """Whether contact details are encrypted in the database, as the team chose.

    `under_way`: the rows that were there before are still being changed, `done` of about `total`.
    """

    contact_details: bool
    under_way: bool
    done: int
    total: int


@RETENTION.get(PATH, summary="For how long history is kept", data=RetentionOut)
def show_retention(call: ApiCall) -> RetentionOut:
    require(call.session, call.actor, Action.OVERVIEW_READ)
    return _current(call)


@RETENTION.put(PATH, summary="Set for how long history is kept", data=RetentionOut, body=RetentionBody)
def put_retention(call: ApiCall) -> RetentionOut:
    return _set(call, call.body)


@RETENTION.patch(PATH, summary="Change for how long a kind is kept", data=RetentionOut, body=RetentionPatch)
def patch_retention(call: ApiCall) -> RetentionOut:
    before = _current(call).model_dump(mode="json")
    return _set(call, validate(RetentionBody, before | call.body.model_dump(exclude_unset=True)))


@ENCRYPTION.get(ENCRYPTION_PATH, summary="Whether contact details are encrypted", data=EncryptionOut)
def show_encryption(call: ApiCall) -> EncryptionOut:
    require(call.session, call.actor, Action.OVERVIEW_READ)
    return _draw(get_encryption(call.session, call.tenant_id))


@ENCRYPTION.put(
    ENCRYPTION_PATH,
    summary="Encrypt contact details, or decrypt them",
    data=EncryptionOut,
    body=EncryptionBody,
)
def put_encryption(call: ApiCall) -> EncryptionOut:
    return _draw(set_encryption(call.session, call.actor, is_on=call.body.contact_details))


def _draw(found: Encryption) -> EncryptionOut:
    return EncryptionOut(
        contact_details=found.is_on, under_way=not found.is_over, done=found.done, total=found.total
    )


def _current(call: ApiCall) -> RetentionOut:
    kept = get_retention(call.session, call.tenant_id, call.deps.settings.keep_days)
    return RetentionOut.model_validate(kept)


def _set(call: ApiCall, body: RetentionBody) -> RetentionOut:
    wanted = Retention(body.events, body.deliveries, body.attempts, body.audit)
    set_retention(call.session, call.actor, wanted, call.deps.settings.keep_days)
    return _current(call)
