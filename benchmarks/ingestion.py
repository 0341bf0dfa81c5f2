"""Ingestion speed: PDFs against the plain LlamaIndex recipe, abstracts at scale, and removal.

    pip install -r benchmarks/requirements.txt
    python -m benchmarks.ingestion --data DATA pdfs [--rounds 3] [--most 40] [--systems paperchat recipe_1024]
    python -m benchmarks.ingestion --data DATA abstracts [--limit 5000]
    python -m benchmarks.ingestion --data DATA removal

``pdfs`` ingests the folder ``pdfs`` in alternating rounds with paperchat and with the recipe of LlamaIndex's
documentation: `SimpleDirectoryReader` (pypdf), `SentenceSplitter`, `ChromaVectorStore`, and the same model's published
weights in sentence-transformers. The recipe runs with the splitter's default of 1,024 tokens, of which the model reads
the first quarter, and with the length of paperchat's passages without overlap. Each round is a process of its own; its
clock starts when everything is imported and the model has embedded a text, and stops when a query has been answered.
The ratios are those of the median rounds; CPU time does not depend on other processes.

``abstracts`` ingests arXiv abstracts into all three stores, then again, and has ``doctor`` compare the stores.

``removal`` times the removal of one paper from a library of 100,000 passages, 60 a paper. The passages are real
abstracts; each vector is that of one of 500 real abstracts with a little random noise. All else is the ordinary code.

Prints one JSON object a part; for its memory figures see `ResourceMonitor`.
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
import zlib
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pypdfium2
from llama_index.core.base.embeddings.base import BaseEmbedding

from benchmarks.lib.resource_monitor import ResourceMonitor, cpu_seconds
from paperchat.assistant import PaperChat
from paperchat.ingest.passage_limits import CHUNKING, FULL_TEXT_TOKENS
from paperchat.models.minilm import MiniLM
from paperchat.storage.indexer import PaperRecord
from paperchat.storage.library import Library
from paperchat.types import Paper, Passage, StoredPaper

QUESTION = "How are diffusion models trained with fewer steps?"
ABSTRACTS, PASSAGES = 80_588, 100_000
SYSTEMS = ("paperchat", "recipe_1024", "recipe_passages")


def measure_pdfs(given: Namespace) -> dict[str, Any]:
    """Run every system ``rounds`` times, alternating, over a folder of the PDFs alone."""
    with TemporaryDirectory() as copies:
        for path in sorted((given.folder or given.data / "pdfs").glob("*.pdf"))[: given.most]:
            shutil.copy(path, copies)
        return _by_turns(Path(copies), given)


def _by_turns(folder: Path, given: Namespace) -> dict[str, Any]:
    systems = [SYSTEMS[0], *(system for system in given.systems if system != SYSTEMS[0])]
    runs: dict[str, list[dict[str, Any]]] = {system: [] for system in systems}
    for number in range(given.rounds):
        for system in systems:
            command = [
                sys.executable,
                "-m",
                "benchmarks.ingestion",
                "--data",
                str(given.data),
                "system",
                system,
                str(folder),
            ]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            runs[system].append(json.loads(done.stdout.splitlines()[-1]))
            print(f"round {number + 1}, {system}: {runs[system][-1]['seconds']} s", file=sys.stderr, flush=True)
    pages = count_pages(folder)
    seconds, cpu = (
        {system: statistics.median(run[clock] for run in runs[system]) for system in systems}
        for clock in ("seconds", "cpu_seconds")
    )
    return {
        "files": len(list(folder.glob("*.pdf"))),
        "pages": pages,
        **{
            system: {
                "pages_per_second": round(pages / seconds[system], 2),
                "lowest": round(pages / max(run["seconds"] for run in runs[system]), 2),
                "highest": round(pages / min(run["seconds"] for run in runs[system]), 2),
                "passages_per_second": round(runs[system][0]["passages"] / seconds[system], 1),
                "peak_mb": max(run["peak_mb"] for run in runs[system]),
                **{key: value for key, value in runs[system][-1].items() if key not in ("seconds", "peak_mb")},
            }
            for system in systems
        },
        "times_as_fast": {system: round(seconds[system] / seconds[SYSTEMS[0]], 2) for system in systems[1:]},
        "times_the_cpu": {system: round(cpu[system] / cpu[SYSTEMS[0]], 2) for system in systems[1:]},
    }


def count_pages(folder: Path) -> int:
    return sum(len(pypdfium2.PdfDocument(path)) for path in folder.glob("*.pdf"))


def run_one_system(given: Namespace) -> dict[str, Any]:
    """Run one system in this process; `measure_pdfs` starts it."""
    with TemporaryDirectory() as home:
        if given.system == SYSTEMS[0]:
            return _paperchat(given.folder, Path(home))
        from benchmarks.lib.llamaindex_recipe import ingest_with_recipe

        return ingest_with_recipe(
            given.folder, Path(home), QUESTION, tokens=FULL_TEXT_TOKENS if given.system == SYSTEMS[2] else None
        )


def _paperchat(folder: Path, home: Path) -> dict[str, Any]:
    with PaperChat.open(home) as chat:
        chat.embedder.get_text_embedding("ready")
        with ResourceMonitor() as monitor:
            began, cpu = time.perf_counter(), cpu_seconds()
            report = chat.ingest(folder)
            found = chat.search(QUESTION)
            seconds, cpu = time.perf_counter() - began, cpu_seconds() - cpu
        readers = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = time.perf_counter()
        again = chat.ingest(folder)
        rerun = time.perf_counter() - began
        return {
            "seconds": round(seconds, 2),
            "cpu_seconds": round(cpu, 1),
            "peak_mb": monitor.peak // 2**20,
            "passages": report.passages,
            "papers": report.papers,
            "failed": len(report.failed),
            "found": len(found),
            "main_thread": monitor.shares(),
            "reading_cpu_seconds": round(readers.ru_utime + readers.ru_stime, 1),
            "rerun_share": round(rerun / seconds, 4),
            "rerun_changed": again.added + again.updated,
        }


def measure_abstracts(given: Namespace) -> dict[str, Any]:
    with TemporaryDirectory() as folder, PaperChat.open(Path(folder, "library")) as chat:
        source = Path(folder, "abstracts.jsonl")
        with gzip.open(given.data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
            source.write_text("".join(islice(lines, given.limit)), encoding="utf-8")
        chat.embedder.get_text_embedding("ready")
        with ResourceMonitor() as monitor:
            began = time.perf_counter()
            first = chat.ingest(source, progress=_progress_to_stderr())
            seconds = time.perf_counter() - began
            began = time.perf_counter()
            second = chat.ingest(source)
            rerun = time.perf_counter() - began
        found = chat.doctor()
        return {
            "abstracts": given.limit,
            "papers": first.papers,
            "passages": first.passages,
            "failed": len(first.failed),
            "seconds": round(seconds, 1),
            "abstracts_per_second": round(first.papers / seconds, 1),
            "main_thread": monitor.shares(),
            "rerun_share": round(rerun / seconds, 4),
            "rerun_changed": second.added + second.updated,
            "peak_mb": monitor.peak // 2**20,
            "doctor": list(found.problems),
            "stores": {"catalogue": found.passages, "vectors": found.vectors, "texts": found.texts},
            "library_mb": sum(file.stat().st_size for file in Path(folder, "library").rglob("*") if file.is_file())
            // 2**20,
        }


class PerturbedEmbedding(BaseEmbedding):
    """A real vector, chosen by the text, with noise that is the same for the same text."""

    real: Any

    def _get_text_embedding(self, text: str) -> list[float]:
        code = zlib.crc32(text.encode())
        moved = self.real[code % len(self.real)] + np.random.default_rng(code).normal(0, 0.03, self.real.shape[1])
        return [float(value) for value in moved / np.linalg.norm(moved)]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)


def measure_removal(given: Namespace) -> dict[str, Any]:
    with gzip.open(given.data / "arxiv_abstracts.jsonl.gz", "rt", encoding="utf-8") as lines:
        records = [json.loads(line) for line in islice(lines, given.passages // given.each)]
    embedder = PerturbedEmbedding(real=MiniLM().encode([record["abstract"] for record in records[:500]]))
    chance = random.Random(1)
    with TemporaryDirectory() as home:
        opened = Library.open(Path(home), embedder=embedder, embedder_name="perturbed", chunking=CHUNKING)
        with opened as library:
            report_progress = _progress_to_stderr()
            for start in range(0, len(records), 20):
                with library.write_session():
                    papers = [
                        Paper(title=one["title"], abstract=one["abstract"]) for one in records[start : start + 20]
                    ]
                    library.write_papers(
                        [
                            PaperRecord(change, _passages(change.stored, records, given.each, chance))
                            for change in library.plan_changes(papers)
                            if change.reindex
                        ]
                    )
                report_progress(start + len(papers), len(records))
            passages = library.counts().passages
            gone = chance.sample([stored.paper_id for stored in library.all_papers()], given.times)
            taken = [_seconds(partial(library.remove, [paper_id])) for paper_id in gone]
            found = library.doctor()
    return {
        "passages": passages,
        "passages_of_each": given.each,
        "removed": len(taken),
        "seconds_median": round(statistics.median(taken), 3),
        "seconds_longest": round(max(taken), 3),
        "doctor": list(found.problems),
    }


def _passages(stored: StoredPaper, records: list[Any], many: int, chance: random.Random) -> list[Passage]:
    texts = [stored.paper.abstract, *(one["abstract"] for one in chance.choices(records, k=many - 1))]
    return [
        Passage(
            passage_id=f"{stored.paper_id}#{'full_text' if number else 'abstract'}.{max(number - 1, 0)}",
            paper_id=stored.paper_id,
            basis="full_text" if number else "abstract",
            section=f"{number} Section" if number else "Abstract",
            page=number // 5 + 1 if number else None,
            start=0,
            end=len(text),
            text=text,
        )
        for number, text in enumerate(texts)
    ]


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _progress_to_stderr() -> Callable[[int, int | None], None]:
    """Report progress on standard error every half minute."""
    began = last = time.perf_counter()

    def report(done: int, whole: int | None) -> None:
        nonlocal last
        if (now := time.perf_counter()) - last > 30:
            last = now
            print(f"{done} of {whole}, {done / (now - began):.1f}/s", file=sys.stderr, flush=True)

    return report


def main() -> None:
    parser = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parts = parser.add_subparsers(dest="part", required=True)
    part = parts.add_parser("pdfs")
    part.add_argument("--folder", type=Path, help="PDFs (default: pdfs in the data)")
    part.add_argument("--rounds", type=int, default=3)
    part.add_argument("--most", type=int, help="how many of the PDFs (default: all)")
    part.add_argument("--systems", nargs="+", choices=SYSTEMS, default=list(SYSTEMS), help="paperchat and these")
    part.set_defaults(run=measure_pdfs)
    part = parts.add_parser("system")
    part.add_argument("system", choices=SYSTEMS)
    part.add_argument("folder", type=Path)
    part.set_defaults(run=run_one_system)
    part = parts.add_parser("abstracts")
    part.add_argument("--limit", type=int, default=ABSTRACTS)
    part.set_defaults(run=measure_abstracts)
    part = parts.add_parser("removal")
    part.add_argument("--passages", type=int, default=PASSAGES)
    part.add_argument("--each", type=int, default=60, help="passages of a paper")
    part.add_argument("--times", type=int, default=20)
    part.set_defaults(run=measure_removal)
    given = parser.parse_args()
    print(json.dumps(given.run(given), indent=None if given.part == "system" else 1))


if __name__ == "__main__":
    main()
