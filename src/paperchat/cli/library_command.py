"""``status``, ``doctor``, ``reindex`` and ``models``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import print_json, print_renderable
from paperchat.cli.progress import progress_bar
from paperchat.cli.shared_options import Home, Json, Llm, Quiet, cli_context

if TYPE_CHECKING:
    from paperchat.assistant import PaperChat

PROBLEMS_REMAIN = 1
MODEL_FAILED = 1


def status(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """Show what is in the library."""
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings()
    with cli.open(settings) as assistant:
        counts, folder, places = assistant.status(), assistant.library.home, _places(assistant)
    from paperchat.storage.library_counts import size_on_disk

    size = size_on_disk(folder)
    if cli.json:
        from paperchat.serialization import counts_as_json

        document = counts_as_json(counts, home=folder, embedder=settings.embedder, size=size)
        print_json({**document, **places})
    else:
        from paperchat.render import terminal

        places = {"home": str(folder), **places}
        print_renderable(terminal.counts(counts, places=places, embedder=settings.embedder, size=size))


def doctor(
    context: typer.Context,
    fix: Annotated[bool, typer.Option("--fix", help="Repair the indexes from the catalogue.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Check that the library's catalogue and indexes are consistent."""
    cli = cli_context(context, home=home, json=json)
    with cli.open(check_manifest=False) as assistant:
        diagnosis, places = assistant.doctor(fix=fix), _places(assistant)
    if cli.json:
        from paperchat.serialization import diagnosis_as_json

        print_json({**diagnosis_as_json(diagnosis), **places})
    else:
        from paperchat.render import terminal

        print_renderable(terminal.diagnosis(diagnosis, places=places, fix=fix))
    if diagnosis.problems and not diagnosis.fixed:
        raise typer.Exit(PROBLEMS_REMAIN)


def reindex(context: typer.Context, home: Home = None, json: Json = False, quiet: Quiet = False) -> None:
    """Rebuild all passages and indexes with the current settings."""
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    began = time.perf_counter()
    with (
        cli.open(check_manifest=False) as assistant,
        progress_bar("Indexing", unit="papers", quiet=cli.quiet) as report_progress,
    ):
        passages = assistant.reindex(report_progress)
        counts = assistant.status()
    seconds = round(time.perf_counter() - began, 3)
    if cli.json:
        print_json({"papers": counts.papers, "passages": passages, "seconds": seconds})
    else:
        from rich.text import Text

        print_renderable(Text(f"indexed {passages} passages of {counts.papers} papers in {seconds:.1f} s"))


def models(context: typer.Context, llm: Llm = None, home: Home = None, json: Json = False) -> None:
    """Show the configured models, and test each with one small call."""
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings(llm=llm)
    from dataclasses import asdict

    from paperchat.models.health_check import check_embedder, check_llm

    results = {"embedder": check_embedder(settings), "llm": check_llm(settings)}
    if cli.json:
        print_json({kind: asdict(trial) if trial else None for kind, trial in results.items()})
    else:
        from paperchat.render import terminal

        print_renderable(terminal.models(results))
    if not all(trial.works for trial in results.values() if trial):
        raise typer.Exit(MODEL_FAILED)


def _places(assistant: PaperChat) -> dict[str, str]:
    """Where the catalogue and the index are, without secrets."""
    return {"catalogue": assistant.library.catalogue_place, "index": assistant.library.index_name}
