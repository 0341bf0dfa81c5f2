"""Ingestion on a real Ray cluster on loopback: the library is the one that is made without it, whatever dies."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import poisoned
import psutil
import pytest
from pdf_writer import lines, write_pdf
from scripted_server import Answer, WebServer, client_of
from source_reading import rows

from paperchat import __version__
from paperchat.assistant import PaperChat
from paperchat.errors import ClusterError, PaperchatError
from paperchat.ingest import pipeline
from paperchat.ingest.cluster import ray_cluster
from paperchat.ingest.cluster.portions import split
from paperchat.ingest.cluster.ray_cluster import RayCluster, connect
from paperchat.ingest.seen_files import SeenFiles
from paperchat.ingest.sources.registry import read_location
from paperchat.serialization import report_as_json
from paperchat.settings import Settings
from paperchat.types import IngestReport

DATA = Path(__file__).parents[1] / "data"
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau".split()


@pytest.fixture(scope="module")
def cluster() -> Iterator[RayCluster]:
    with connect("local", settings=Settings(), workers=2) as connected:
        yield connected


@pytest.fixture
def snapshot(tmp_path: Path) -> Path:
    """A file of 300 papers, of which a worker has enough for some seconds."""
    return rows(tmp_path / "snapshot.json", *(abstract(number) for number in range(300)))


def address() -> str:
    """The address of the cluster that this process has started."""
    import ray

    return str(ray.get_runtime_context().gcs_address)


def start(*arguments: object, before: str = "", **variables: str) -> subprocess.Popen[str]:
    """The command line, in a process of its own; ``before`` is run there first."""
    code = f"{before}\nfrom paperchat.cli import main\nmain()"
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | variables,
    )


def catalogued(home: Path) -> int:
    """How many papers another process has written."""
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(f"file:{home / 'catalogue.sqlite'}?mode=ro", uri=True)) as read,
    ):
        return int(read.execute("select count(*) from papers").fetchone()[0])
    return 0


def ingest(home: Path, *places: Path, cluster: RayCluster | None = None) -> IngestReport:
    with PaperChat.open(home) as chat:
        return chat.ingest(*places, attachments=True, cluster=cluster)


def contents(home: Path) -> dict[str, Any]:
    """All that the library says of its papers, but for the times at which it was written."""
    with PaperChat.open(home) as chat:
        library = chat.library
        passages = {stored.paper_id: library.passages_of(stored.paper_id) for stored in library.all_papers()}
        ids = [passage.passage_id for several in passages.values() for passage in several]
        assert not chat.doctor().problems
        return {
            "papers": {stored.paper_id: stored.paper for stored in library.all_papers()},
            "passages": passages,
            "vectors": {name: np.asarray(vector).tobytes() for name, vector in library.vectors(ids).items()},
            "full texts": {paper_id: library.full_texts.get(paper_id) for paper_id in passages},
        }


def same(one: IngestReport, other: IngestReport) -> bool:
    return asdict(one) | {"seconds": 0} == asdict(other) | {"seconds": 0}


def abstract(number: int) -> dict[str, str]:
    text = " ".join(f"The {WORDS[(number * at) % 19]} of {WORDS[at % 19]} is {number + at}." for at in range(1, 9))
    return {"id": f"2401.{number:05}", "title": f"On the {WORDS[number % 19]} {number}", "abstract": text}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """All kinds of sources: good, faulty, and of the same papers."""
    made = tmp_path / "papers"
    made.mkdir()
    versions = [{"version": "v1", "created": "Mon, 1 Jan 2024 00:00:00 GMT"}, {"version": "v2"}]
    rows(
        made / "snapshot.json",
        *(abstract(number) for number in range(150)),
        abstract(3) | {"abstract": "A later text of the same paper, which replaces the first.", "versions": versions},
        abstract(3) | {"id": "", "comments": "The same title without a number."},
        {"title": "", "abstract": ""},
        abstract(7),
    )
    with (made / "snapshot.json").open("a") as file:
        file.write("{not JSON\n")
    (made / "some.bib").write_text(
        "@article{a, title={Of a bibliography and its entry}, author={Doe, Jane}, year={2020}, file={own.pdf}}\n"
        "@article{b, title={On the alpha 0}, eprint={2401.00000}, archiveprefix={arXiv}, doi={10.1000/alpha}}\n"
    )
    page = [f"This sentence is number {number} of the text of a small paper." for number in range(30)]
    write_pdf(made / "own.pdf", lines(72, 72, ["Of a bibliography and its entry"], size=18) + lines(72, 120, page))
    write_pdf(made / "other.pdf", lines(72, 72, ["A paper of its own accord"], size=18) + lines(72, 120, page[::-1]))
    (made / "broken.pdf").write_bytes((DATA / "pdf_faults" / "blank.pdf").read_bytes())
    (made / "notes.txt").write_text("This is of no format.\n")
    return made


def test_the_library_and_the_report_are_those_of_the_local_path(
    cluster: RayCluster, folder: Path, tmp_path: Path
) -> None:
    done = ingest(tmp_path / "ray", folder, cluster=cluster)
    local = ingest(tmp_path / "local", folder)
    assert same(done, local)
    assert done.added > 150
    assert len(done.failed) == 4
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    again = ingest(tmp_path / "ray", folder, cluster=cluster)
    assert (again.added, again.updated, again.unchanged) == (0, 0, done.added + done.updated + done.unchanged)


def test_linked_pdfs_are_downloaded_here_and_parsed_there(
    cluster: RayCluster, server: WebServer, tmp_path: Path
) -> None:
    pdf = (DATA / "pdf" / "entropic_issues.pdf").read_bytes()
    server.on("/pdf/2109.10794v2", Answer(body=pdf))
    title = "Entropic Issues in Likelihood-Based OOD Detection"
    link = f"{server.url}/pdf/2109.10794v2"
    file = rows(tmp_path / "page.jsonl", {"title": title, "abstract": "As the page has it.", "pdf_url": link})
    reports = []
    for home, given in ((tmp_path / "ray", cluster), (tmp_path / "local", None)):
        with PaperChat.open(home) as chat, client_of(server, tmp_path / home.name / "web", max_attempts=1) as web:
            reports.append(pipeline.ingest(chat.library, [file], web=web, pdfs=True, cluster=given))
    assert same(*reports)
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    (kept,) = contents(tmp_path / "ray")["full texts"].values()
    assert kept.source == link


@pytest.mark.usefixtures("cluster")
def test_workers_that_are_killed_lose_nothing(snapshot: Path, tmp_path: Path) -> None:
    process = start("--home", tmp_path / "ray", "ingest", snapshot, "--ray", address(), "--json")
    killed = 0
    while process.poll() is None:
        for worker in psutil.Process().children(recursive=True) if killed < 3 else ():
            with suppress(psutil.Error):
                if "PortionWorker)).submit" in "".join(worker.cmdline()):  # it is at work
                    worker.kill()
                    killed += 1
        time.sleep(0.05)
    out, error = process.communicate()
    assert (process.returncode, error) == (0, "")
    assert killed
    local = json.loads(json.dumps(report_as_json(ingest(tmp_path / "local", snapshot))))
    assert json.loads(out) | {"seconds": 0} == local | {"seconds": 0}
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.mark.slow
def test_what_ends_every_worker_is_left_to_the_process_that_writes(
    cluster: RayCluster, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    from ray import cloudpickle

    cloudpickle.register_pickle_by_value(poisoned)  # type: ignore[no-untyped-call]
    page = lines(72, 72, ["A paper of its own"], size=18) + lines(
        72, 120, [f"{poisoned.POISON} {at}" for at in range(40)]
    )
    folder = tmp_path / "papers"
    folder.mkdir()
    write_pdf(folder / "poison.pdf", page)
    rows(folder / "some.jsonl", *(abstract(number) for number in range(70)))
    done = ingest(
        tmp_path / "ray", folder, cluster=replace(cluster, embedder=poisoned.Poisoned(name="minilm", base_url=""))
    )
    assert same(done, ingest(tmp_path / "local", folder))
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")
    assert "poison.pdf ended its workers and is parsed here" in caplog.text


def test_a_second_process_goes_on_where_the_first_was_killed(
    cluster: RayCluster, snapshot: Path, tmp_path: Path
) -> None:
    home = tmp_path / "ray"
    first = start("--home", home, "ingest", snapshot, "--ray", address(), "--json")
    while not catalogued(home):
        time.sleep(0.1)
        assert first.poll() is None, first.communicate()
    first.kill()
    first.communicate()
    with PaperChat.open(home) as chat:
        written = chat.status().papers
        items = list(read_location(snapshot))
        left = [portion.work for portion in split(items, library=chat.library, seen_files=SeenFiles(chat.library))]
    assert sum(len(work.papers) for work in left if work) <= 300 - written < 300
    done = ingest(home, snapshot, cluster=cluster)
    assert done.unchanged >= written
    ingest(tmp_path / "local", snapshot)
    assert contents(home) == contents(tmp_path / "local")


@pytest.mark.slow
@pytest.mark.usefixtures("cluster")
def test_two_processes_that_ingest_the_same_make_one_library(folder: Path, tmp_path: Path) -> None:
    both = [start("--home", tmp_path / "ray", "ingest", folder, "--ray", address(), "--json") for _ in range(2)]
    results = [process.communicate() for process in both]
    assert [process.returncode for process in both] == [1, 1]  # some entries are faulty
    assert [error for _, error in results] == ["", ""]
    reports = [json.loads(out) for out, _ in results]
    local = start("--home", tmp_path / "local", "ingest", folder, "--json")
    expected = json.loads(local.communicate()[0])
    assert [report.keys() for report in reports] == [expected.keys()] * 2
    assert sum(report["added"] for report in reports) == expected["added"]
    assert [report["failed"] for report in reports] == [expected["failed"]] * 2
    assert contents(tmp_path / "ray") == contents(tmp_path / "local")


@pytest.mark.usefixtures("cluster")
def test_ctrl_c_stops_and_keeps_what_was_written(snapshot: Path, tmp_path: Path) -> None:
    process = start("--home", tmp_path / "ray", "ingest", snapshot, "--ray", address())
    while not catalogued(tmp_path / "ray"):
        time.sleep(0.1)
        assert process.poll() is None, process.communicate()
    process.send_signal(signal.SIGINT)
    assert process.communicate() == ("", "paperchat: interrupted; completed work was saved\n")
    assert process.returncode == 130
    with PaperChat.open(tmp_path / "ray") as chat:
        assert 0 < chat.status().papers < 300


@pytest.mark.slow
def test_a_cluster_that_is_gone_is_one_line(tmp_path: Path) -> None:
    file = rows(tmp_path / "long.jsonl", *(abstract(number) for number in range(9_000)))
    process = start("--home", tmp_path / "home", "ingest", file, "--ray", "local", "--ray-workers", 1)
    while not catalogued(tmp_path / "home"):
        time.sleep(0.1)
        assert process.poll() is None, process.communicate()
    (head,) = (one for one in psutil.Process(process.pid).children() if "gcs_server" in "".join(one.cmdline()))
    head.kill()
    error = "the Ray cluster at local is gone; start it, and run this again; completed work was saved"
    assert process.communicate() == ("", f"paperchat: error: {error}\n")
    assert process.returncode == 2
    assert 0 < len(contents(tmp_path / "home")["papers"]) < 9_000


@pytest.mark.usefixtures("cluster")
def test_a_cluster_of_ones_own_is_on_loopback_and_reports_nothing() -> None:
    from ray._common.usage import usage_lib

    assert not usage_lib.usage_stats_enabled()
    started = psutil.Process().children(recursive=True)
    assert any("gcs_server" in "".join(process.cmdline()) for process in started)
    (reporter,) = (process for process in started if "UsageStatsHead" in "".join(process.cmdline()))
    assert reporter.environ()["RAY_USAGE_STATS_ENABLED"] == "0"
    open_to = {
        connection.laddr.ip
        for process in (psutil.Process(), *started)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert open_to <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    assert os.environ["RAY_AUTH_MODE"] == "token"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("127.0.0.1:9", "no Ray cluster at 127.0.0.1:9 (connection refused): check the address, or start one with "),
        ("nowhere", "--ray 'nowhere' is not the address of a cluster: give HOST:PORT, from a machine of the cluster, "),
        ("ray://127.0.0.1:10001", "--ray 'ray://127.0.0.1:10001' is not the address of a cluster: give HOST:PORT, "),
        ("auto", "no Ray cluster at 127.0.0.1:8 (connection refused): check the address, or start one with "),
    ],
)
def test_an_address_without_a_cluster_is_one_line(given: str, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAY_ADDRESS", "127.0.0.1:8")
    with pytest.raises(PaperchatError) as raised, connect(given, settings=Settings()):
        pass
    assert str(raised.value).startswith(message)
    assert "\n" not in str(raised.value)


@pytest.mark.usefixtures("cluster")
def test_another_version_on_the_cluster_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_cluster, "__version__", "9.9")
    with pytest.raises(ClusterError) as raised, connect(address(), settings=Settings()):
        pass
    assert str(raised.value) == (
        f"Ray node 127.0.0.1 has paperchat {__version__} and this is 9.9: install the same on both"
    )


def test_without_the_extra_the_message_names_it(folder: Path, tmp_path: Path) -> None:
    code = "import sys; sys.modules['ray'] = None"
    process = start("--home", tmp_path / "home", "ingest", folder, "--ray", "local", before=code)
    error = "paperchat: error: --ray needs Ray Data, which is not installed: pip install 'paperchat[ray]'\n"
    assert process.communicate() == ("", error)


def test_the_local_path_does_not_import_ray(tmp_path: Path) -> None:
    rows(tmp_path / "some.jsonl", abstract(1))
    code = "import atexit, sys; atexit.register(lambda: print('ray' in sys.modules, 'pyarrow' in sys.modules))"
    process = start("--home", tmp_path / "home", "ingest", tmp_path / "some.jsonl", "--json", before=code)
    assert process.communicate()[0].endswith("}\nFalse False\n")
