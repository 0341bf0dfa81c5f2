from __future__ import annotations

import importlib
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import CancelledError
from itertools import count
from pathlib import Path
from threading import Timer
from typing import Any

import filelock
import process_pool_tasks
import pytest

from paperchat.errors import PaperchatError, SourceError
from paperchat.ingest.process_pool import PREFETCH, ProcessPool

LIMIT = 300_000_000
HEAVY = {"chromadb", "llama_index", "numpy", "onnxruntime", "pydantic", "pytest", "sqlalchemy", "tantivy", "tokenizers"}


def outcome(what: str, **limits: Any) -> Any:
    with ProcessPool[Any, Any](process_pool_tasks.do, processes=1, **limits) as pool:
        [(item, result)] = pool.map([what])
    assert item == what
    return result


def reason(what: str, **limits: Any) -> str:
    result = outcome(what, **limits)
    assert isinstance(result, SourceError)
    return str(result)


def script(code: str, **options: Any) -> subprocess.Popen[str]:
    path = [str(Path(process_pool_tasks.__file__).parent), *sys.path]
    text = f"import sys; sys.path[:] = {path!r}\n{textwrap.dedent(code)}"
    return subprocess.Popen([sys.executable, "-c", text], text=True, stdout=subprocess.PIPE, **options)


def test_results_come_in_the_order_of_the_items() -> None:
    naps = [0.3, *[0.01] * 199]
    with ProcessPool[Any, Any](process_pool_tasks.nap, processes=2) as pool:
        assert list(pool.map(naps)) == list(zip(naps, naps, strict=True))


def test_the_processes_work_at_the_same_time(tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    with ProcessPool[Any, Any](process_pool_tasks.meet, processes=2) as pool:
        assert [result for _, result in pool.map([(here, there), (there, here)])] == [True, True]


def test_only_a_few_items_are_taken_ahead() -> None:
    taken = []

    def endless() -> Iterator[int]:
        for number in count():
            taken.append(number)
            yield number

    with ProcessPool[Any, Any](process_pool_tasks.square, processes=2) as pool:
        results = pool.map(endless())
        assert taken == []
        for number in range(30):
            assert next(results) == (number, number**2)
            assert len(taken) <= number + 2 * PREFETCH


def test_what_takes_too_long_is_ended() -> None:
    assert reason("loop", seconds=0.5) == "took more than 0.5 s of processor time"


@pytest.mark.parametrize("what", ["native_sleep", "half_an_answer"])
def test_what_hangs_is_ended(what: str) -> None:
    assert reason(what, seconds=0.1) == "took longer than 1 s"


def test_what_waits_for_a_busy_machine_is_not_ended() -> None:
    with ProcessPool[Any, Any](process_pool_tasks.nap, processes=1, seconds=0.2) as pool:
        assert list(pool.map([1.0, 0.01])) == [(1.0, 1.0), (0.01, 0.01)]


def test_each_item_has_the_whole_time() -> None:
    with ProcessPool[Any, Any](process_pool_tasks.work, processes=1, seconds=0.5) as pool:
        assert [result for _, result in pool.map([0.2] * 5)] == [0.2] * 5


@pytest.mark.parametrize("what", ["fill", "fill_hidden"])
def test_what_needs_too_much_memory_is_ended(what: str) -> None:
    assert reason(what, memory=LIMIT) == "needs more than 0.3 GB of memory"


def test_a_process_stays_below_its_limit_of_memory() -> None:
    assert LIMIT / 2 < outcome("peak", memory=LIMIT) < LIMIT


@pytest.mark.parametrize("what", ["abort", "segfault", "fill_natively"])
def test_a_crash_is_one_items_error(what: str) -> None:
    with ProcessPool[Any, Any](process_pool_tasks.do, processes=2, memory=LIMIT) as pool:
        results = [result for _, result in pool.map(["nothing", what, "nothing", what])]
    assert [str(result) for result in results] == ["fine", "made the reader crash"] * 2


def test_what_an_item_leaves_behind_is_not_the_next_ones_error() -> None:
    with ProcessPool[Any, Any](process_pool_tasks.do, processes=1) as pool:
        assert [result for _, result in pool.map(["spoil", "nothing", "nothing"])] == ["fine"] * 3


def test_errors_are_told_in_one_line() -> None:
    assert reason("refuse") == "the file is behind a password"
    assert reason("fail").startswith("cannot be read (ValueError: a bccc")
    assert len(reason("fail")) == 160
    assert reason("leave") == "cannot be read (SystemExit: 3)"
    assert reason("nested").startswith("cannot be read (")


def test_big_results() -> None:
    assert outcome("big") == b"x" * 50_000_000


def test_the_processes_are_silent(capfd: pytest.CaptureFixture[str]) -> None:
    assert outcome("talk") == ""
    assert capfd.readouterr() == ("", "")


def test_the_processes_load_nothing_that_they_do_not_need() -> None:
    assert not HEAVY & outcome("modules")


def test_a_function_that_cannot_be_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "not_for_long.py").write_text("def run(item): ...", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    run = importlib.import_module("not_for_long").run
    (tmp_path / "not_for_long.py").unlink()
    with (
        ProcessPool[Any, Any](run, processes=1) as pool,
        pytest.raises(PaperchatError, match="No module named 'not_for_long'"),
    ):
        list(pool.map([1]))


def test_closing() -> None:
    pool = ProcessPool[Any, Any](process_pool_tasks.do, processes=1)
    assert len(list(pool.map(["nothing"]))) == 1
    assert len(list(pool.map(["nothing"]))) == 1
    Timer(0.3, pool.close).start()
    with pytest.raises(CancelledError):
        list(pool.map(["loop"]))
    pool.close()
    with pytest.raises(RuntimeError):
        list(pool.map(["nothing"]))


def test_a_script_without_a_guard_and_from_a_thread_leaves_nothing_behind() -> None:
    code = """
        import os, threading, process_pool_tasks
        from paperchat.ingest.process_pool import ProcessPool

        def work():
            with ProcessPool(process_pool_tasks.do, processes=2, seconds=0.5) as pool:
                print([str(result) for _, result in pool.map(["nothing", "abort", "loop", "nothing"])])

        before = os.listdir("/dev/fd")
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        assert len(os.listdir("/dev/fd")) == len(before)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            print("no children")
    """
    printed, _ = script(code).communicate(timeout=30)
    assert printed.splitlines() == [
        "['fine', 'made the reader crash', 'took more than 0.5 s of processor time', 'fine']",
        "no children",
    ]


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_the_processes_end_with_the_parent(how: signal.Signals, tmp_path: Path) -> None:
    idle, busy = tmp_path / "idle", tmp_path / "busy"
    code = f"""
        from pathlib import Path
        import process_pool_tasks
        from paperchat.ingest.process_pool import ProcessPool

        with ProcessPool(process_pool_tasks.hold, processes=2, seconds=2) as pool:
            for item, _ in pool.map([Path({str(idle)!r}), Path({str(busy)!r})]):
                print(item.name, flush=True)
    """
    with script(code, stderr=subprocess.PIPE) as parent:
        assert parent.stdout
        assert parent.stderr
        assert parent.stdout.readline() == "idle\n"
        while not is_locked(busy):
            assert parent.poll() is None
        parent.send_signal(how)
        assert parent.wait(timeout=30) == -how
        assert "CancelledError" not in parent.stderr.read()
    for path in (idle, busy):
        with filelock.FileLock(path, timeout=30):
            assert path.exists()


def is_locked(path: Path) -> bool:
    try:
        with filelock.FileLock(path, timeout=0):
            return False
    except filelock.Timeout:
        return True
