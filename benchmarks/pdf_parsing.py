"""Accuracy and speed of PDF parsing: title, abstract, authors, references; and the outcome on broken files.

    python -m benchmarks.pdf_parsing --data DATA [papers|faults …]

``papers`` parses ``pdfs/`` and compares with its manifest:

- title: the same letters and digits, ignoring case;
- abstract: the share of the true abstract's words that are in the parsed one (``covered``), and of the parsed one's
  words that are in the true one (``only``), mean over the papers that have one;
- surnames: the share of authors whose last name is that of a parsed author;
- references: pdfium's plain lines after the line ``References``, up to the first line that looks like an appendix's
  heading, of 20 letters or more. ``kept_out``: the share of them found in no block that is quoted. ``recognised``: the
  share found in the blocks of references. ``body_lost``: of such lines before ``References``, the share in those.

``faults`` parses each file of ``faults_pdf/`` in a process of its own: outcome, seconds, peak MB (limits: 1.5 GB of
address space, 30 s). Pages per second are of CPU time. Prints one JSON object a part.
"""

from __future__ import annotations

import json
import re
import resource
import subprocess
import sys
import time
import unicodedata
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import mean
from typing import Any

import pypdfium2

from paperchat.errors import SourceError
from paperchat.ingest.items import ParsedPdf
from paperchat.ingest.pdf.parser import read_pdf

SECONDS = 30
_HEADING = re.compile(r"(?:\d+\.?\s*|[IVX]+\.\s*)?(?:references|bibliography)", re.IGNORECASE)
_APPENDIX = re.compile(
    r"(?:appendix|appendices|supplement\w*|(?:neurips )?(?:paper )?checklist)\b.{0,80}"
    r"|(?-i:[A-Z]\.?(?:\d\.?)?\s+[A-Z][\w ,:()&-]{3,70})",
    re.IGNORECASE,
)
_SHORTEST_LINE = 20


def measure_papers(data: Path) -> dict[str, Any]:
    """Figures over the papers of the manifest, and the papers that differ from it."""
    rows = [json.loads(line) for line in (data / "pdfs" / "manifest.jsonl").read_text(encoding="utf-8").splitlines()]
    totals: Counter[str] = Counter()
    covered: dict[str, float] = {}
    only: dict[str, float] = {}
    missed: dict[str, list[str]] = {"title": [], "abstract": [], "surnames": [], "references": []}
    pages, seconds = 0, 0.0
    for row in rows:
        path = data / "pdfs" / row["file"]
        began = time.process_time()
        reading = read_pdf(path)
        seconds += time.process_time() - began
        pages += len(reading.full_text.pages)
        right = _letters(_plain(row["title"])) == _letters(reading.paper.title)
        totals["titles"] += right
        if not right:
            missed["title"].append(f"{row['file']}: {reading.paper.title!r}")
        if truth := _words(_plain(row["abstract"])):
            read = _words(reading.paper.abstract)
            shared = (Counter(truth) & Counter(read)).total()
            covered[row["file"]], only[row["file"]] = shared / len(truth), shared / max(1, len(read))
            if min(covered[row["file"]], only[row["file"]]) < 0.9:
                missed["abstract"].append(f"{row['file']}: {covered[row['file']]:.2f} {only[row['file']]:.2f}")
        surnames = {_folded(name.split()[-1]) for name in reading.paper.authors}
        absent = [name for name in row["authors"] if _folded(name.split()[-1]) not in surnames]
        totals["authors"] += len(row["authors"])
        totals["absent"] += len(absent)
        if absent or len(reading.paper.authors) > len(row["authors"]):
            missed["surnames"].append(f"{row['file']}: not {absent} but {list(reading.paper.authors)}")
        counts = _references(path, reading)
        totals.update(counts)
        if counts["kept_out"] < counts["entries"] or counts["body_lost"]:
            missed["references"].append(f"{row['file']}: {dict(counts)}")
    return {
        "papers": len(rows),
        "pages_per_cpu_second": round(pages / seconds, 1),
        "title": round(totals["titles"] / len(rows), 3),
        "abstract_covered": round(mean(covered.values()), 3),
        "abstract_only": round(mean(only.values()), 3),
        "surnames": round(1 - totals["absent"] / totals["authors"], 3),
        "references_kept_out": round(totals["kept_out"] / totals["entries"], 4),
        "references_recognised": round(totals["recognised"] / totals["entries"], 4),
        "body_lost": round(totals["body_lost"] / totals["body"], 4),
        "missed": missed,
    }


def measure_faults(data: Path) -> dict[str, Any]:
    """The outcome of parsing each broken or unusual file."""
    return {path.name: _read_in_own_process(path) for path in sorted((data / "faults_pdf").glob("*.pdf"))}


def _references(path: Path, reading: ParsedPdf) -> Counter[str]:
    lines = _plain_lines(path)
    starts = [at for at, line in enumerate(lines) if _HEADING.fullmatch(line.strip())]
    if not starts:
        return Counter(entries=0)
    begin = starts[-1] + 1
    end = next((at for at in range(begin, len(lines)) if _APPENDIX.fullmatch(lines[at].strip())), len(lines))
    heads = {line for line, times in Counter(map(_letters, lines)).items() if times > 2}
    text, full = reading.full_text.text, reading.full_text
    quoted = _letters(" ".join(text[b.start : b.end] for b in full.blocks if b.kind not in ("references", "front")))
    listed = _letters(" ".join(text[b.start : b.end] for b in full.blocks if b.kind == "references"))
    counts: Counter[str] = Counter(entries=0)
    for line in map(_letters, lines[begin:end]):
        if len(line) >= _SHORTEST_LINE and line not in heads:
            counts.update(entries=1, kept_out=line not in quoted, recognised=line in listed)
    for line in map(_letters, lines[: starts[-1]]):
        if len(line) >= _SHORTEST_LINE:
            counts.update(body=1, body_lost=line in listed and line not in quoted)
    return counts


def _plain_lines(path: Path) -> list[str]:
    with pypdfium2.PdfDocument(path) as document:
        return [
            line.replace("\ufffe", "")
            for number in range(len(document))
            for line in re.split(r"\r?\n|\ufffe", document[number].get_textpage().get_text_bounded())
        ]


def _plain(text: str) -> str:
    return re.sub(r"\\[a-zA-Z]+|[${}]", " ", text)


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d_]{2,}", unicodedata.normalize("NFKC", text).casefold())


def _letters(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text).casefold() if one.isalnum())


def _folded(text: str) -> str:
    return "".join(one for one in unicodedata.normalize("NFKD", text).casefold() if one.isalnum())


def _read_in_own_process(path: Path) -> str:
    began = time.perf_counter()
    try:
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.pdf_parsing", "--one", str(path)],
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"stopped after {SECONDS} s"
    seconds = time.perf_counter() - began
    outcome = done.stdout.strip() or f"exit {done.returncode}: {done.stderr.strip()[-200:]}"
    noise = f" NOISE {done.stderr.strip()[:100]!r}" if done.stderr.strip() and done.stdout.strip() else ""
    return f"{seconds:.1f} s, {outcome}{noise}"


def _read_one(path: Path) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (2**30 + 2**29, 2**30 + 2**29))
    try:
        reading = read_pdf(path)
    except SourceError as error:
        outcome = f"refused: {error}"
    else:
        text = reading.full_text
        outcome = f"read: {len(text.pages)} pages, {len(text.text)} characters, {reading.paper.title[:50]!r}"
        outcome += "".join(f"; {warning}" for warning in reading.warnings)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{peak} MB, {outcome}")


PARTS = {"papers": measure_papers, "faults": measure_faults}


def main(arguments: Iterable[str] | None = None) -> None:
    parser = ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS))
    parser.add_argument("--data", type=Path)
    parser.add_argument("--one", type=Path, help="parse one file and print the outcome")
    options = parser.parse_args(None if arguments is None else list(arguments))
    if options.one is not None:
        _read_one(options.one)
        return
    if options.data is None:
        parser.error("--data is required")
    for part in options.parts:
        print(part, json.dumps(PARTS[part](options.data), indent=1, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    main()
