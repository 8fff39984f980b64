from models.pipedrive.names import Name, Names
from models.rules.doubts import doubts_about
from models.rules.drafts import RuleDraft
from models.rules.known_values import KnownChoices

NAMES = Names({("stage", "1"): Name("Proposal made"), ("user", "1"): Name("Ada Lovelace")})


def rule(on: str, when: object) -> RuleDraft:
    return RuleDraft("x", [on], when, ["spaces/A"], "compact")


def doubts(draft: RuleDraft) -> list[str]:
    return list(doubts_about(draft, KnownChoices(NAMES)))


def test_unknown_names_are_listed_with_the_nearest_wherever_they_stand() -> None:
    when = {"any": [{"not": {"field": "stage", "op": "in", "value": ["Propsal made", "proposal MADE"]}}]}
    assert doubts(rule("deal.won", when)) == ["Pipedrive has no stage 'Propsal made', there is Proposal made"]


def test_a_rule_that_never_fires_is_listed_with_its_reason() -> None:
    (found,) = doubts(rule("deal.created", {"field": "stage", "op": "changed"}))
    assert "there is no earlier value" in found


def test_what_may_be_right_has_no_doubt() -> None:
    assert doubts(rule("deal.won", {"field": "owner", "op": "is", "value": "Ada Lovelace"})) == []
    assert doubts(rule("lead.scored", {"field": "score", "op": "crossed", "value": 70})) == []
