from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

from paperchat.ingest.fetch.rate_limit import RateLimiter

ARXIV = {"arxiv.org": 3.0}


def rate_limiter(folder: Path, waits: list[float]) -> RateLimiter:
    return RateLimiter(folder, intervals=ARXIV, wait=waits.append)


def take(rate_limiter: RateLimiter, *hosts: str) -> None:
    for host in hosts:
        with rate_limiter.slot(host):
            pass


def test_the_next_request_waits_for_the_interval(tmp_path: Path) -> None:
    waits: list[float] = []
    take(rate_limiter(tmp_path, waits), "arxiv.org", "arxiv.org")
    assert len(waits) == 1
    assert 2 < waits[0] <= 3


def test_arxivs_hosts_are_one(tmp_path: Path) -> None:
    waits: list[float] = []
    take(rate_limiter(tmp_path, waits), "export.arxiv.org", "arxiv.org", "notarxiv.org", "doi.org")
    assert len(waits) == 1


def test_other_hosts_wait_little(tmp_path: Path) -> None:
    waits: list[float] = []
    take(rate_limiter(tmp_path, waits), "doi.org", "doi.org")
    assert len(waits) == 1
    assert 0 < waits[0] <= 0.5


def test_an_interval_that_has_passed_is_not_waited_for(tmp_path: Path) -> None:
    waits: list[float] = []
    ours = rate_limiter(tmp_path, waits)
    take(ours, "arxiv.org")
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() - 3.5,) * 2)
    take(ours, "arxiv.org")
    assert waits == []


def test_a_clock_that_was_set_back_costs_one_interval(tmp_path: Path) -> None:
    waits: list[float] = []
    ours = rate_limiter(tmp_path, waits)
    take(ours, "arxiv.org")
    for path in tmp_path.iterdir():
        os.utime(path, (time.time() + 9_000,) * 2)
    take(ours, "arxiv.org")
    assert waits == [3.0]


def test_another_process_counts(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from paperchat.ingest.fetch.rate_limit import RateLimiter\n"
        "with RateLimiter(Path(sys.argv[1]), intervals={'arxiv.org': 3e6}, wait=print).slot('arxiv.org'): pass"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
    waits: list[float] = []
    take(RateLimiter(tmp_path, intervals={"arxiv.org": 3e6}, wait=waits.append), "arxiv.org")
    assert len(waits) == 1


def test_one_at_a_time(tmp_path: Path) -> None:
    inside, most = 0, 0
    ours = rate_limiter(tmp_path, [])

    def work() -> None:
        nonlocal inside, most
        for _ in range(3):
            with ours.slot("arxiv.org"):
                inside += 1
                most = max(most, inside)
                time.sleep(0.005)
                inside -= 1

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
