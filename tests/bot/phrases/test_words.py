"""The words of phrases: the longest entry wins, and every verb is one of some entity."""

from bot.phrases.words import ANYTHING, COMPARISONS, ENTITIES, LONGEST, SAME, VERBS, match
from models.pipedrive.entity import ENTITIES as DECLARED


def test_the_longest_entry_is_taken() -> None:
    assert match(["moved", "back", "by", "ada"], VERBS) == ("stage_regressed", 2)
    assert match(["moved", "on"], VERBS) == ("stage_changed", 1)
    assert match(["more", "than", "10k"], COMPARISONS) == ("more_than", 2)
    assert match(["walked"], VERBS) is None
    assert match([], VERBS) is None


def test_every_word_means_something_that_exists() -> None:
    verbs = {each.partition(".")[2] for entity in DECLARED.values() for each in entity.event_types}
    assert {SAME.get((entity, verb), verb) for verb in VERBS.values() for entity in DECLARED} - {
        ANYTHING
    } <= verbs
    assert {each.partition(":")[0] for each in ENTITIES.values()} <= set(DECLARED)
    assert max(map(len, [*VERBS, *COMPARISONS, *ENTITIES])) <= LONGEST
