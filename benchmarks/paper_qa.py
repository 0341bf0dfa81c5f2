"""paper-qa and paperchat with the same small language model, and paperchat without: 20 questions over 100 papers.

    python -m venv build/paper-qa && build/paper-qa/bin/pip install paper-qa
    python -m benchmarks.paper_qa --data DATA --python build/paper-qa/bin/python --gguf FILE
    python -m benchmarks.paper_qa --figures
    python -m benchmarks.paper_qa --data DATA --python … --gguf FILE --retrieval sparse hybrid-openai/all-minilm-l6-v2

``FILE`` is an instruction model; it runs in a process of its own, with the embedded encoder, on loopback. The three
systems answer each question in turn. An answer is a line of ``answers.jsonl`` in the folder ``--out``, added as soon
as it is there; a second run goes on where the first one ended. ``--figures`` prints the table of what is there, and
``--retrieval`` how often paper-qa's retrieval finds the right paper with each of its embedders, and paperchat's search,
without the model, on all answerable questions about these papers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.lib.counting_server import EMBEDDER, usage_of
from benchmarks.lib.peer_questions import draw_peer_questions
from benchmarks.lib.peer_scoring import figures
from benchmarks.lib.question_sets import DAILY_SETS, LabelledQuestion, read_question_set
from paperchat.assistant import PaperChat
from paperchat.evaluation.exact_quotes import quotes_are_exact
from paperchat.ingest.pipeline import ingest_papers
from paperchat.settings import Settings
from paperchat.text.paper_title import normalize_title
from paperchat.types import Answer, Paper

HERE = Path(__file__).parent
RESULTS = HERE / "results" / "paper_qa"
MODEL = "small-instruct"
REPLY_SECONDS = 900
SYSTEMS = ("paper-qa", "paperchat, same model", "paperchat, no model")
Reply = dict[str, Any]


def paper_qa_settings(url: str, *, embedding: str = f"hybrid-openai/{EMBEDDER}") -> dict[str, Any]:
    """paper-qa's settings: its defaults, but for what lets it end on two cores and keeps it off the network."""
    model = {
        "model_name": MODEL,
        "litellm_params": {
            "model": f"openai/{MODEL}",
            "api_base": url,
            "api_key": "none",
            "temperature": 0,
            "max_tokens": 512,
            "timeout": REPLY_SECONDS,
        },
    }
    config = {"model_list": [model], "router_kwargs": {"num_retries": 0}}
    return {
        "llm": MODEL,
        "llm_config": config,
        "summary_llm": MODEL,
        "summary_llm_config": config,
        "embedding": embedding,
        "embedding_config": None if embedding == "sparse" else {"kwargs": {"api_base": url, "api_key": "none"}},
        "answer": {
            "evidence_k": 3,  # 10
            "answer_max_sources": 3,  # 5
            "evidence_summary_length": "about 50 words",  # about 100
            "answer_length": "one to four sentences",  # about 200 words; paperchat asks its model for as much
            "max_concurrent_requests": 1,  # 4
        },
        "parsing": {"use_doc_details": False, "multimodal": False},  # neither Crossref nor Semantic Scholar
    }


class PaperQA:
    """A process of another interpreter that answers with paper-qa."""

    def __init__(self, python: Path, settings: dict[str, Any], papers: Path) -> None:
        file = papers / "settings.json"
        file.write_text(json.dumps(settings), encoding="utf-8")
        self._process = subprocess.Popen(
            [str(python), str(HERE / "lib" / "paper_qa_worker.py"), str(file), str(papers)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        )
        ready = self._read()
        self.seconds_to_index, self.version = float(ready["seconds"]), str(ready["version"])

    def ask(self, question: str) -> Reply:
        """The answer to a question."""
        reply = self._call(question)
        evidence = reply["evidence"]
        return {
            "text": reply["text"],
            "abstained": False,
            "papers_by_key": {one["key"]: one["title"] for one in evidence},
            "evidence_titles": [one["title"] for one in evidence],
            "evidence": evidence,
            "quotes_exact": None,
            "seconds": reply["seconds"],
        }

    def retrieve(self, question: str) -> list[str]:
        """The titles of the papers whose texts are read for a question."""
        titles: list[str] = self._call({"retrieve": question})["titles"]
        return titles

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()

    def _call(self, document: object) -> Reply:
        assert self._process.stdin
        self._process.stdin.write(json.dumps(document) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Reply:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            sys.exit("paper-qa's process ended: see its error above")
        reply: Reply = json.loads(line)
        return reply


def ask_paperchat(chat: PaperChat, question: str) -> Reply:
    """The answer of paperchat, as `PaperQA.ask` gives it."""
    began = time.perf_counter()
    answer: Answer = chat.ask(question)
    seconds = time.perf_counter() - began
    titles = [citation.paper.paper.title for citation in answer.citations]
    return {
        "text": answer.text,
        "abstained": answer.abstained,
        "papers_by_key": {str(one.number): one.paper.paper.title for one in answer.citations},
        "evidence_titles": list(dict.fromkeys(titles)),
        "evidence": [{"key": str(one.number), "quote": one.quote.text} for one in answer.citations],
        "quotes_exact": quotes_are_exact(chat, answer),
        "seconds": seconds,
        "kind": answer.kind,
        "note": answer.note,
    }


@contextmanager
def serve(gguf: Path) -> Iterator[str]:
    """The model and the encoder, in a process of their own; yields the address of their API."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.lib.counting_server", "--gguf", str(gguf)],
        stdin=subprocess.PIPE,  # it ends with this process, too
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def write_papers(papers: Sequence[Paper], folder: Path) -> None:
    """Write the title and abstract of each paper as a text file, and ``papers.jsonl`` for paper-qa."""
    lines = []
    for paper in papers:
        file = folder / f"{paper.arxiv_id}.txt"
        file.write_text(f"{paper.title}\n\n{paper.abstract}\n", encoding="utf-8")
        authors = f"{paper.authors[0]} et al. " if paper.authors else ""
        citation = f"{authors}{paper.title}. arXiv:{paper.arxiv_id}, {paper.date[:4]}."
        lines.append({"file": file.name, "docname": paper.arxiv_id, "citation": citation, "title": paper.title})
    (folder / "papers.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def answer_all(options: argparse.Namespace, folder: Path) -> None:
    """Ask each system the questions that it has not answered yet."""
    drawn = draw_peer_questions(options.data, folder)
    options.out.mkdir(parents=True, exist_ok=True)
    answers = options.out / "answers.jsonl"
    rows = _read_rows(answers)
    done = {(row["question"], row["system"]) for row in rows}
    write_papers(drawn.papers, folder)
    _write_rows(options.out / "papers.jsonl", [_as_kept(paper) for paper in drawn.papers])
    home = folder / "home"
    with serve(options.gguf) as url:
        settings = paper_qa_settings(url)
        model = Settings(llm=f"openai-like:{MODEL}", llm_base_url=url, llm_timeout=REPLY_SECONDS)
        with (
            closing(PaperQA(options.python, settings, folder)) as paper_qa,
            PaperChat.open(home, settings=Settings(llm="")) as plain,
            PaperChat.open(home, settings=model) as chat,
        ):
            began = time.perf_counter()
            ingest_papers(plain.library, drawn.papers)
            seconds = {SYSTEMS[0]: paper_qa.seconds_to_index, "paperchat": time.perf_counter() - began}
            recorded = json.loads(json.dumps(settings).replace(url, "http://127.0.0.1:PORT/v1"))
            about = {"version": paper_qa.version, "settings": recorded, "seconds_to_index": seconds}
            (options.out / "settings.json").write_text(json.dumps(about, indent=1) + "\n", encoding="utf-8")
            plain.ask("What is this library about?")  # models are loaded outside of what is measured
            ways = (paper_qa.ask, partial(ask_paperchat, chat), partial(ask_paperchat, plain))
            ask: dict[str, Callable[[str], Reply]] = dict(zip(SYSTEMS, ways, strict=True))
            for number, question in enumerate(drawn.questions):
                first = number % len(SYSTEMS)
                for system in (*SYSTEMS[first:], *SYSTEMS[:first]):
                    if (question.question, system) in done:
                        continue
                    before = usage_of(url)
                    reply = ask[system](question.question)
                    used = {name: count - before[name] for name, count in usage_of(url).items()}
                    _append_row(answers, {**_as_asked(question), "system": system, **reply, **used})
                    print(number, system, round(reply["seconds"], 1), used, flush=True)


def compare_embedders(options: argparse.Namespace, folder: Path) -> None:
    """Print how often the right paper is among the texts that paper-qa would read, and among what paperchat finds."""
    drawn = draw_peer_questions(options.data, folder)
    write_papers(drawn.papers, folder)
    titles = {normalize_title(paper.title) for paper in drawn.papers}
    questions = [one for name in DAILY_SETS for one in read_question_set(name) if one.answerable]
    questions = [one for one in questions if normalize_title(one.paper_title) in titles]
    with serve(options.gguf) as url:
        for embedding in options.retrieval:
            settings = paper_qa_settings(url, embedding=embedding)
            with closing(PaperQA(options.python, settings, folder)) as paper_qa:
                found = [[one.paper_title == title for title in paper_qa.retrieve(one.question)] for one in questions]
            _print_found(f"paper-qa, {embedding}", found)
        with PaperChat.open(folder / "home", settings=Settings(llm="")) as chat:
            ingest_papers(chat.library, drawn.papers)
            among = settings["answer"]["evidence_k"]
            hits = [chat.search(one.question, among) for one in questions]
        found = [
            [hit.paper.paper.title == one.paper_title for hit in few] for few, one in zip(hits, questions, strict=True)
        ]
        _print_found("paperchat, search", found)


def _print_found(name: str, found: Sequence[Sequence[bool]]) -> None:
    first, any_of = sum(one[0] for one in found), sum(map(any, found))
    print(f"{name}: right paper first {first}, among the {len(found[0])} first {any_of}, of {len(found)}", flush=True)


def print_figures(out: Path) -> None:
    """Print a Markdown table of the answers."""
    text_of = {row["title"]: f"{row['text']}\n{row['record']}" for row in _read_rows(out / "papers.jsonl")}
    rows = _read_rows(out / "answers.jsonl")
    by_system = {system: [row for row in rows if row["system"] == system] for system in SYSTEMS}
    whole = set.intersection(*({row["question"] for row in answered} for answered in by_system.values()))
    columns = [
        figures([row for row in answered if row["question"] in whole], text_of) for answered in by_system.values()
    ]
    print("| | " + " | ".join(SYSTEMS) + " |\n|---|---|---|---|")
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(column[name] for column in columns) + " |")


def _as_asked(question: LabelledQuestion) -> Reply:
    return {
        "question": question.question,
        "style": question.style,
        "answerable": question.answerable,
        "paper_title": question.paper_title,
        "expect": list(question.expect),
    }


def _as_kept(paper: Paper) -> Reply:
    """The text of a paper, and what else of it an answer of paperchat may cite."""
    record = [*paper.authors, paper.date, paper.arxiv_id, paper.url, *map(str, paper.daily.values())]
    return {"title": paper.title, "text": f"{paper.title}\n\n{paper.abstract}", "record": ", ".join(record)}


def _read_rows(file: Path) -> list[Reply]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def _write_rows(file: Path, rows: Sequence[Reply]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def _append_row(file: Path, row: Reply) -> None:
    with file.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(row, ensure_ascii=False) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--python", type=Path, help="an interpreter that has paper-qa")
    parser.add_argument("--gguf", type=Path, help="the language model")
    parser.add_argument("--out", type=Path, default=RESULTS)
    parser.add_argument("--retrieval", nargs="+", metavar="EMBEDDER", help="compare these embedders of paper-qa")
    parser.add_argument("--figures", action="store_true", help="print the table of the answers in --out")
    options = parser.parse_args()
    if options.figures:
        print_figures(options.out)
        return
    if not (options.data and options.python and options.gguf):
        parser.error("--data, --python and --gguf are needed")
    with TemporaryDirectory(prefix="paperchat-") as folder:
        if options.retrieval:
            compare_embedders(options, Path(folder))
        else:
            answer_all(options, Path(folder))
            print_figures(options.out)


if __name__ == "__main__":
    main()
