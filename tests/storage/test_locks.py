"""Readers go through together, a writer alone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from paperchat.storage.locks import ReadWriteLock


def test_those_who_share_meet_each_other() -> None:
    gate, meeting = ReadWriteLock(), threading.Barrier(4, timeout=10)

    def share() -> None:
        with gate.read():
            meeting.wait()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(share) for _ in range(4)]:
            future.result()


def test_one_who_is_alone_meets_nobody() -> None:
    gate = ReadWriteLock()
    inside: list[int] = []
    met: list[int] = []

    def visit(number: int) -> None:
        with gate.write() if number % 3 == 0 else gate.read():
            inside.append(number)
            if number % 3 == 0:
                met.extend(other for other in inside if other != number)
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(visit, range(600)))
    assert met == []
    assert inside == []


def test_one_who_is_alone_may_go_in_again_and_a_failure_lets_go() -> None:
    gate = ReadWriteLock()
    with gate.write(), gate.write(), gate.read():
        pass
    with pytest.raises(ValueError, match="mine"), gate.write():
        raise ValueError("mine")
    with pytest.raises(ValueError, match="mine"), gate.read():
        raise ValueError("mine")

    def another() -> bool:
        with gate.write():
            return True

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(another).result(timeout=10)
