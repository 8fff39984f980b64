"""People and organizations of new leads are found at Pipedrive, and made only where there are none."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.leads.contacts import NewPerson, id_of, is_added_since, make_organization, make_person
from jobs.to_pipedrive.api import PipedriveApi
from models.clock import now
from models.errors import TemporaryFailure
from tests.jobs.caring import Household


def test_who_is_there_is_found_and_who_is_not_is_made_once(household: Household) -> None:
    household.connect(domain="acme.pipedrive.com")

    def make(api: PipedriveApi) -> list[str]:
        company = make_organization(api, "Zenith", None)
        person = NewPerson("", "jana@zenith.test", "123", company)
        again = make_organization(api, "Zenith", None)
        return [company, again, make_person(api, person, None), make_person(api, person, None)]

    company, again, person, person_again = household.pipedrive.as_tenant(household.tenant_id, make)
    assert (company, person) == (again, person_again)
    made = household.crm.store.get("person", person)
    assert (made["name"], str(made["org_id"])) == ("jana@zenith.test", company)
    assert [each["value"] for each in made["phones"]] == ["123"]


def test_only_what_has_the_same_name_mail_and_number_was_made_by_an_earlier_attempt(
    household: Household,
) -> None:
    household.connect(domain="acme.pipedrive.com")
    since = now()

    def make(api: PipedriveApi) -> list[str]:
        people = [NewPerson("Jana"), NewPerson("Jana", phone="1"), NewPerson("Jana", phone="2")]
        return [make_person(api, each, since) for each in (*people, *people[1:])]

    first, *others = household.pipedrive.as_tenant(household.tenant_id, make)
    assert others[:2] == others[2:]
    assert len({first, *others}) == 3


def test_what_is_made_without_an_id_is_tried_again() -> None:
    assert id_of({"id": 7}) == "7"
    with pytest.raises(TemporaryFailure):
        id_of({})


def test_what_was_added_a_moment_before_by_another_clock_counts() -> None:
    at = now()
    times = [at - timedelta(seconds=30), at - timedelta(seconds=90)]
    assert [is_added_since({"add_time": each.isoformat()}, at) for each in times] == [True, False]
    assert not is_added_since({}, at)
