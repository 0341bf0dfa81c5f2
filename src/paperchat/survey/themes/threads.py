"""How many threads the numeric libraries may take for matrices of a few dozen rows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

_turn = threading.Lock()


@contextmanager
def one_thread() -> Iterator[None]:
    """Within it they take one, in the whole process; one caller at a time is within it, others wait.

    Several threads would wait for each other longer than they work: on a busy machine a hundred times as long. And of
    two callers at a time the one that leaves last would put back for good what the other one had set.
    """
    import sklearn.cluster
    import sklearn.manifold  # noqa: F401 - what is not loaded yet would not be held to it
    from threadpoolctl import threadpool_limits

    with _turn, threadpool_limits(limits=1):
        yield
