"""The read-write lock: many readers or one writer."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from paperchat.storage.locks import ReadWriteLock


def test_readers_hold_the_lock_together() -> None:
    lock, barrier = ReadWriteLock(), threading.Barrier(4, timeout=10)

    def read() -> None:
        with lock.read():
            barrier.wait()

    with ThreadPoolExecutor(4) as pool:
        for future in [pool.submit(read) for _ in range(4)]:
            future.result()


def test_a_writer_holds_the_lock_alone() -> None:
    lock = ReadWriteLock()
    inside: list[int] = []
    conflicts: list[int] = []

    def enter(number: int) -> None:
        with lock.write() if number % 3 == 0 else lock.read():
            inside.append(number)
            if number % 3 == 0:
                conflicts.extend(other for other in inside if other != number)
            inside.remove(number)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(enter, range(600)))
    assert conflicts == []
    assert inside == []


def test_a_writer_may_lock_again_and_an_error_releases_the_lock() -> None:
    lock = ReadWriteLock()
    with lock.write(), lock.write(), lock.read():
        pass
    with pytest.raises(ValueError, match="mine"), lock.write():
        raise ValueError("mine")
    with pytest.raises(ValueError, match="mine"), lock.read():
        raise ValueError("mine")

    def another() -> bool:
        with lock.write():
            return True

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(another).result(timeout=10)
