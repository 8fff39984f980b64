"""intake-forms and intake-submissions: forms on web sites that make leads, and what was entered in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Final

from pydantic import Field

from models.intake.actions import (
    CONSENT_LETTERS,
    MOST_ORIGINS,
    NAME_LETTERS,
    create_form,
    revoke_form,
    try_again,
)
from models.intake.queries import get_form, list_forms, list_submissions
from models.tables.leads import IntakeSubmission
from web.api.paging import Page, page_of_list
from web.api.routes import PREFIX, ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

FORMS: Final = Routes("intake-forms", "read:leads", "write:leads")
PATH: Final = "/admin/intake-forms"
SUBMISSIONS: Final = Routes("intake-submissions", "read:leads", "write:leads")
SUBMISSIONS_PATH: Final = "/admin/intake-submissions"


class FormBody(Body):
    """A new form. Only pages of `origins` may send it from a browser; who fills it in agrees to `consent`."""

    name: str = Field(min_length=1, max_length=NAME_LETTERS)
    origins: list[Annotated[str, Field(max_length=200)]] = Field(
        default_factory=list, max_length=MOST_ORIGINS
    )
    consent: str = Field("", max_length=CONSENT_LETTERS)


class FormOut(Out):
    """A form. Nothing is taken after `revoked_at`; `last_four` are the last characters of its token."""

    id: Id
    name: str
    last_four: str
    origins: list[str]
    consent: str
    made_by: str
    created_at: Moment
    revoked_at: Moment | None


class NewFormOut(FormOut):
    """A form that was made. `address` takes what people enter; its `token` is shown here alone."""

    token: str
    address: str


class SubmissionOut(Out):
    """What somebody entered in a form.

    `state` is pending, writing, done or dead; `problem` says why it is not done. `lead_id` is the lead that
    it became, `joined_id` the earlier submission whose lead has this one as a note.
    """

    id: Id
    form_id: Id
    form: str
    state: str
    problem: str
    name: str
    email: str
    phone: str
    organization: str
    title: str
    message: str
    lead_id: str
    joined_id: str | None
    created_at: Moment
    finished_at: Moment | None


@FORMS.get(PATH, summary="List forms", data=FormOut, params=ListParams, is_list=True)
def list_all(call: ApiCall) -> Page:
    found = list_forms(call.session, call.actor)
    return page_of_list(call.params, found, lambda shown: [FormOut.model_validate(each) for each in shown])


@FORMS.get(f"{PATH}/<id>", summary="Show a form", data=FormOut)
def show_one(call: ApiCall) -> FormOut:
    return FormOut.model_validate(get_form(call.session, call.actor, call.id))


@FORMS.post(PATH, summary="Make a form", data=NewFormOut, body=FormBody, status=201, shows_secret=True)
def add_form(call: ApiCall) -> NewFormOut:
    body = call.body
    form, token = create_form(call.session, call.actor, body.name, origins=body.origins, consent=body.consent)
    address = f"{call.deps.settings.base_url}{PREFIX}/intake/{token}"
    return NewFormOut(**dict(FormOut.model_validate(form)), token=token, address=address)


@FORMS.delete(f"{PATH}/<id>", summary="Revoke a form", data=FormOut)
def remove_form(call: ApiCall) -> FormOut:
    return FormOut.model_validate(revoke_form(call.session, call.actor, call.id))


@SUBMISSIONS.get(
    SUBMISSIONS_PATH,
    summary="What was entered in forms last",
    data=SubmissionOut,
    params=ListParams,
    is_list=True,
)
def list_entered(call: ApiCall) -> Page:
    found = list_submissions(call.session, call.actor)
    names = {row.id: name for row, name in found}

    def draw(shown: Sequence[IntakeSubmission]) -> list[SubmissionOut]:
        return [_draw(each, names[each.id]) for each in shown]

    return page_of_list(call.params, [row for row, _ in found], draw)


@SUBMISSIONS.post(
    f"{SUBMISSIONS_PATH}/<id>/retry", summary="Write what was given up after all", data=SubmissionOut
)
def retry(call: ApiCall) -> SubmissionOut:
    again = try_again(call.session, call.actor, call.id)
    return _draw(again, get_form(call.session, call.actor, again.form_id).name)


def _draw(row: IntakeSubmission, form: str) -> SubmissionOut:
    return SubmissionOut(
        id=row.id,
        form_id=row.form_id,
        form=form,
        state=row.state,
        problem=row.problem,
        name=row.name,
        email=row.email,
        phone=row.phone,
        organization=row.organization,
        title=row.title,
        message=row.message,
        lead_id=row.lead_id,
        joined_id=None if row.joined_id is None else str(row.joined_id),
        created_at=row.created_at,
        finished_at=row.finished_at,
    )
