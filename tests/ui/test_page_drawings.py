"""Images of pages: a page that takes long, whoever asks for it, keeps nobody else waiting for anything else."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from paperchat import PaperChat
from paperchat.errors import SourceError
from paperchat.ingest.page_images import MAX_PROCESSES, PageImages
from paperchat.ui.page_drawings import MAX_WAITING, PageDrawings, page_image_route

PDFS = Path(__file__).parents[1] / "data" / "pdf"

pytestmark = pytest.mark.security


class SlowPages:
    """Draws page 1 at once and all others when told to."""

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.drawn: list[int] = []

    def draw(self, _: str, number: int) -> bytes:
        self.drawn.append(number)
        if number > 1:
            assert self.go_on.wait(20)
        return b"image"


@pytest.fixture
def pages() -> Iterator[SlowPages]:
    slow = SlowPages()
    yield slow
    slow.go_on.set()


@pytest.fixture
def client(pages: SlowPages) -> Iterator[TestClient]:
    app = FastAPI()
    app.include_router(page_image_route(PageDrawings(pages.draw)))

    @app.get("/other")
    def other() -> str:
        """Runs on one of the threads that all share."""
        return "other"

    with TestClient(app) as opened:
        yield opened


def get(client: TestClient, number: int) -> Any:
    return client.get("/page.png", params={"paper": "x", "number": number})


def test_slow_pages_keep_no_other_request_waiting_and_too_many_are_refused(
    client: TestClient, pages: SlowPages
) -> None:
    with ThreadPoolExecutor(60) as visitors:
        slow = [visitors.submit(get, client, number) for number in range(2, 52)]
        most = MAX_PROCESSES + MAX_WAITING
        end = time.monotonic() + 15
        while sum(answer.done() for answer in slow) < len(slow) - most and time.monotonic() < end:
            time.sleep(0.01)
        refused = [answer.result() for answer in slow if answer.done()]
        assert [answer.status_code for answer in refused] == [503] * (len(slow) - most)
        assert {answer.headers["retry-after"] for answer in refused} == {"5"}
        assert client.get("/other").json() == "other"
        assert len(pages.drawn) == MAX_PROCESSES
        pages.go_on.set()
        assert sum(answer.result().status_code == 200 for answer in slow) == most
    assert get(client, 1).content == b"image"


def test_equal_requests_share_one_drawing(client: TestClient, pages: SlowPages) -> None:
    with ThreadPoolExecutor(20) as visitors:
        equal = [visitors.submit(get, client, 7) for _ in range(20)]
        time.sleep(0.3)
        pages.go_on.set()
        assert {answer.result().status_code for answer in equal} == {200}
    assert pages.drawn == [7]


def test_a_page_that_failed_is_not_tried_again_for_a_while(tmp_path: Path) -> None:
    file = tmp_path / "paper.pdf"
    shutil.copyfile(PDFS / "pirozelli22a.pdf", file)
    now = 0.0
    with PaperChat.open(tmp_path / "home") as pc:
        pc.ingest(file)
        (stored,) = pc.papers()
        images = PageImages(pc.library, clock=lambda: now)
        tried = []

        def fail(requests: list[tuple[bytes, int]]) -> Iterator[tuple[tuple[bytes, int], bytes | SourceError]]:
            for content, number in requests:
                tried.append(number)
                yield (content, number), SourceError("took more than 8 s of processor time")

        images._pool.map = fail  # type: ignore[method-assign, assignment]
        for number in (1, 1, 2, 1):
            with pytest.raises(SourceError, match="took more than"):
                images.page(stored.paper_id, number)
        assert tried == [1, 2]
        now = 601.0
        with pytest.raises(SourceError, match="took more than"):
            images.page(stored.paper_id, 1)
        assert tried == [1, 2, 1]
        images.close()
