"""``status``, ``doctor`` and ``reindex``."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, Llm, Quiet, call_of
from paperchat.cli.output import print_json, print_shown
from paperchat.cli.progress import progress_bar

PROBLEMS_REMAIN = 1


def status(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """Say what is in the library."""
    call = call_of(context, home=home, json=json)
    settings = call.settings()
    with call.open(settings) as papers:
        counts, folder = papers.status(), papers.library.home
    size = _size_of(folder)
    if call.json:
        from paperchat.serialization import counts_as_json

        print_json(counts_as_json(counts, home=folder, embedder=settings.embedder, size=size))
    else:
        from paperchat.render import terminal

        print_shown(terminal.counts(counts, home=str(folder), embedder=settings.embedder, size=size))


def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Mend the indexes from the catalogue.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Say whether the library's stores agree."""
    call = call_of(context, home=home, json=json)
    with call.open(check_manifest=False) as papers:
        diagnosis = papers.doctor(fix=fix)
    if call.json:
        from paperchat.serialization import diagnosis_as_json

        print_json(diagnosis_as_json(diagnosis))
    else:
        from paperchat.render import terminal

        print_shown(terminal.diagnosis(diagnosis, fix=fix))
    if diagnosis.problems and not diagnosis.fixed:
        raise typer.Exit(PROBLEMS_REMAIN)


def reindex(context: typer.Context, home: Home = None, json: Json = False, quiet: Quiet = False) -> None:
    """Cut all papers anew and rebuild the indexes, with the settings in force."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    began = time.perf_counter()
    with (
        call.open(check_manifest=False) as papers,
        progress_bar("Indexing", unit="papers", quiet=call.quiet) as tell,
    ):
        passages = papers.reindex(tell)
        counts = papers.status()
    seconds = round(time.perf_counter() - began, 3)
    if call.json:
        print_json({"papers": counts.papers, "passages": passages, "seconds": seconds})
    else:
        from rich.text import Text

        print_shown(Text(f"{passages} passages of {counts.papers} papers indexed in {seconds:.1f} s"))


def _size_of(folder: Path) -> int:
    """Bytes of the files in ``folder``; what another process has just removed counts nothing."""
    size = 0
    for path in folder.rglob("*"):
        try:
            size += path.stat().st_size if path.is_file() else 0
        except OSError:
            continue
    return size


FAILED = 1


def models(context: typer.Context, llm: Llm = None, home: Home = None, json: Json = False) -> None:
    """Show which models are configured, and test each with one tiny call."""
    call = call_of(context, home=home, json=json)
    settings = call.settings(llm=llm)
    from dataclasses import asdict

    from paperchat.models.health_check import try_embedder, try_llm

    tried = {"embedder": try_embedder(settings), "llm": try_llm(settings)}
    if call.json:
        print_json({kind: asdict(trial) if trial else None for kind, trial in tried.items()})
    else:
        from paperchat.render import terminal

        print_shown(terminal.models(tried))
    if not all(trial.works for trial in tried.values() if trial):
        raise typer.Exit(FAILED)
