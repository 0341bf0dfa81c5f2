"""One library shared by reading and writing threads."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from paperchat.errors import LibraryBusyError
from paperchat.storage.library import Library
from paperchat.types import Filters, Paper
from support import WordEmbedding, add_papers

pytestmark = pytest.mark.both_databases


def batch(series: int) -> list[Paper]:
    return [
        Paper(
            title=f"Zebra {n} of the herd {series}",
            abstract=f"Stripes {n}.",
            arxiv_id=f"24{series:02d}.{n:05d}",
            date="2024-01-01",
        )
        for n in range(60)
    ]


def test_threads_read_while_others_write(library: Library) -> None:
    add_papers(library, *batch(1))
    query = WordEmbedding().get_query_embedding("stripes")

    def read(turn: int) -> Iterator[str]:
        filters = Filters(since="2023") if turn % 2 else Filters()
        hits = library.dense_search(query, 20, filters) + library.lexical_search("stripes", 20, filters)
        passages = library.passages(hit for hit, _ in hits)
        return iter(library.papers(passage.paper_id for passage in passages.values()))

    with ThreadPoolExecutor(8) as pool:
        writing = [pool.submit(add_papers, library, *batch(series)) for series in (2, 3, 4)]
        reading = [pool.submit(read, turn) for turn in range(60)]
        assert all(len(list(future.result())) > 0 for future in reading)
        assert [len(future.result()) for future in writing] == [60, 60, 60]
    assert library.counts().papers == 240
    assert library.doctor().problems == ()


def test_a_thread_waits_for_the_write_session_of_another(library: Library) -> None:
    with ThreadPoolExecutor(1) as pool:
        with library.write_session(), library.write_session():
            future = pool.submit(add_papers, library, *batch(1))
            assert library.counts().papers == 0
            assert not future.done()
        assert len(future.result()) == 60


def test_a_write_session_ends_after_an_error(library: Library) -> None:
    with pytest.raises(LibraryBusyError, match="mine"), library.write_session():
        raise LibraryBusyError("mine")
    with ThreadPoolExecutor(1) as pool:
        assert len(pool.submit(add_papers, library, *batch(1)).result()) == 60
