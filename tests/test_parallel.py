"""Results come in order, items are taken as needed, and errors and killed processes reach the caller."""

import os
import signal

import pytest

from letterpress.infrastructure import parallel
from letterpress.infrastructure.errors import UserError
from letterpress.infrastructure.parallel import parallel_map


def double(item: int) -> int:
    return 2 * item


def die(item: int) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def refuse(item: int) -> None:
    raise UserError(f"not {item}")


@pytest.mark.parametrize("chunk", [1, 3, 100])
def test_results_are_in_the_order_of_the_items(chunk):
    assert list(parallel_map(double, range(20), chunk)) == list(range(0, 40, 2))


def test_no_items_give_no_results():
    assert list(parallel_map(double, [])) == []


def test_items_are_not_all_taken_at_once():
    taken = []
    results = parallel_map(double, (taken.append(i) or i for i in range(1000)))
    next(results)
    assert len(taken) <= parallel.PREFETCH * os.cpu_count() + 1
    assert len(list(results)) == 999


def test_an_error_of_the_work_is_raised():
    with pytest.raises(UserError, match="not 0"):
        list(parallel_map(refuse, range(3)))


def test_a_killed_process_is_reported():
    with pytest.raises(UserError, match="has killed a process, as it does when memory runs out; free some, and run"):
        list(parallel_map(die, range(3)))
