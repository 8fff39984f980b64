"""Ids are never the same twice, random numbers are from 0 to below 1."""

import os
import random
import re

from models.chance import fraction, new_id


def test_an_id_has_32_hexadecimal_digits_and_never_comes_twice() -> None:
    ids = [new_id() for _ in range(1000)]

    assert len(set(ids)) == 1000
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in ids)


def test_a_forked_process_makes_other_ids() -> None:
    reader, writer = os.pipe()
    if not (child := os.fork()):
        os.write(writer, new_id().encode())
        os._exit(0)
    os.waitpid(child, 0)

    assert os.read(reader, 100).decode() != new_id()
    os.close(reader)
    os.close(writer)


def test_ids_do_not_follow_the_seed_of_python() -> None:
    random.seed(1)
    first = new_id()
    random.seed(1)

    assert new_id() != first


def test_a_fraction_is_from_0_to_below_1() -> None:
    numbers = [fraction() for _ in range(1000)]

    assert all(0 <= each < 1 for each in numbers)
    assert len(set(numbers)) > 900
