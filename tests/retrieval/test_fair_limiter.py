"""So many at a time, and none is overtaken."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from paperchat.retrieval.passage_retrieval import FairLimiter


def test_no_more_than_so_many_at_a_time() -> None:
    limiter = FairLimiter(2)
    most: list[int] = []
    counting = threading.Lock()
    now = 0

    def visit(_: int) -> None:
        nonlocal now
        with limiter:
            with counting:
                now += 1
                most.append(now)
            time.sleep(0.001)
            with counting:
                now -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(60)))
    assert max(most) == 2
    assert now == 0


def test_they_go_in_the_order_in_which_they_came() -> None:
    limiter = FairLimiter(1)
    order: list[int] = []

    def visit(number: int) -> None:
        with limiter:
            order.append(number)

    threads = []
    with limiter:
        for number in range(6):
            thread = threading.Thread(target=visit, args=(number,))
            thread.start()
            while len(limiter._waiting) <= number:
                time.sleep(0.001)
            threads.append(thread)
    for thread in threads:
        thread.join(timeout=10)
    assert order == list(range(6))


def test_a_turn_that_fails_is_passed_on() -> None:
    limiter = FairLimiter(1)
    for _ in range(2):
        try:
            with limiter:
                raise ValueError
        except ValueError:
            continue
    with limiter:
        pass
