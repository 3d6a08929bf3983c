"""Work is spread over processes, in order, not all at once; one that is killed is told in a sentence."""

import os
import signal

import pytest

from letterpress import processes
from letterpress.errors import UserError
from letterpress.processes import spread


def double(item: int) -> int:
    return 2 * item


def die(item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(item: int) -> None:
    raise UserError(f"not {item}")


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_results_come_in_the_order_of_the_items(chunk):
    assert list(spread(double, range(20), chunk)) == list(range(0, 40, 2))


def test_nothing_to_do_gives_nothing():
    assert list(spread(double, [])) == []


def test_items_are_not_all_taken_at_once():
    taken = []
    results = spread(double, (taken.append(i) or i for i in range(1000)))
    next(results)
    assert len(taken) <= processes.AHEAD * os.cpu_count() + 1
    assert len(list(results)) == 999


def test_an_error_of_the_work_is_raised():
    with pytest.raises(UserError, match="not 0"):
        list(spread(refuse, range(3)))


def test_a_process_that_is_killed_is_told_in_a_sentence():
    with pytest.raises(UserError, match="has ended a process, as it does where memory runs out; free some, and run"):
        list(spread(die, range(3)))
