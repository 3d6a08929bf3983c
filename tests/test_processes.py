"""Work is parallel_map over processes, in order, not all at once; one that is killed is told in a sentence."""

import os
import signal

import pytest

from letterpress.infrastructure import parallel as processes
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.parallel import parallel_map


def double(item: int) -> int:
    return 2 * item


def die(item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(item: int) -> None:
    raise UserError(f"not {item}")


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_results_come_in_the_order_of_the_items(chunk):
    assert list(parallel_map(double, range(20), chunk)) == list(range(0, 40, 2))


def test_nothing_to_do_gives_nothing():
    assert list(parallel_map(double, [])) == []


def test_items_are_not_all_taken_at_once():
    taken = []
    results = parallel_map(double, (taken.append(i) or i for i in range(1000)))
    next(results)
    assert len(taken) <= processes.AHEAD * os.cpu_count() + 1
    assert len(list(results)) == 999


def test_an_error_of_the_work_is_raised():
    with pytest.raises(UserError, match="not 0"):
        list(parallel_map(refuse, range(3)))


def test_a_process_that_is_killed_is_told_in_a_sentence():
    with pytest.raises(UserError, match="has ended a process, as it does where memory runs out; free some, and run"):
        list(parallel_map(die, range(3)))
