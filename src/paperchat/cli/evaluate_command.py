"""``eval``: retrieval on a test collection, two runs of it, answers to given questions, and the library itself."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paperchat.cli.options import Home, Json, Quiet, call_of
from paperchat.cli.output import print_json, print_shown
from paperchat.cli.progress import progress_bar

if TYPE_CHECKING:
    from paperchat.cli.options import Call

SOME_FAILED = 1

app = typer.Typer(help="Measure retrieval and answers.", rich_markup_mode=None, add_completion=False)

Split = Annotated[
    str, typer.Option(metavar="NAME", help="Which qrels/NAME.tsv to use, where there are several.", show_default=False)
]


@app.callback(invoke_without_command=True)
def _before(context: typer.Context) -> None:
    if context.invoked_subcommand is None:
        typer.echo(context.get_help())


@app.command()
def retrieval(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A collection in BEIR's layout.", show_default=False)],
    run: Annotated[Path | None, typer.Option("--run", metavar="FILE", help="Write a TREC run to this file.")] = None,
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="How many papers the run has for a query.")] = 100,
    split: Split = "",
    home: Annotated[
        str | None,
        typer.Option("--home", metavar="DIR", help="Keep the index here for the next time.", show_default=False),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure how the queries of a collection are ranked, in a library of its own made the ordinary way.

    With --json there is a row for each query, too.
    """
    call = call_of(context, home=home, json=json, quiet=quiet)
    settings = call.settings()
    from paperchat.evaluation.beir import write_run
    from paperchat.evaluation.retrieval_evaluation import evaluate_retrieval

    with progress_bar("Measuring", unit="documents and queries", quiet=call.quiet) as tell:
        measured = evaluate_retrieval(folder, settings=settings, k=k, split=split, home=call.home, progress=tell)
    if run:
        write_run(run, measured.run)
    _print(call, measured.as_json())
    if measured.failed:
        if not call.json:
            from paperchat.render import terminal

            print_shown(terminal.failures(measured.failed))
        raise typer.Exit(SOME_FAILED)


@app.command()
def compare(
    context: typer.Context,
    before: Annotated[Path, typer.Argument(metavar="RUN_A", help="A TREC run.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="Another one.", show_default=False)],
    qrels: Annotated[
        Path, typer.Option(metavar="PATH", help="The judgements: a file, or a collection's folder.", show_default=False)
    ],
    split: Split = "",
    json: Json = False,
) -> None:
    """Say which of two runs is better, and whether that could be chance (paired randomisation test)."""
    call = call_of(context, json=json)
    from paperchat.evaluation.beir import MEASURES
    from paperchat.evaluation.significance import compare_runs

    compared = compare_runs(before, after, qrels=qrels, split=split).as_json()
    if call.json:
        print_json(compared)
    else:
        from paperchat.render import terminal

        print_shown(terminal.comparison(compared["measures"]))
        print_shown(terminal.most_changed(compared["per_query"], next(iter(MEASURES))))


@app.command()
def answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Questions as JSON lines.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask the library a file of questions whose answers are known, and count what is right."""
    call = call_of(context, home=home, json=json, quiet=quiet)
    with call.open() as papers:
        from paperchat.evaluation.answer_evaluation import evaluate_answers

        with progress_bar("Asking", unit="questions", quiet=call.quiet) as tell:
            measured = evaluate_answers(papers, file, progress=tell)
    _print(call, measured.as_json())


@app.command("self")
def own(
    context: typer.Context,
    size: Annotated[int, typer.Option("-n", "--size", metavar="N", min=1, help="How many papers to try.")] = 100,
    seed: Annotated[int, typer.Option(metavar="N", help="Another number chooses other papers.")] = 0,
    earlier: Annotated[
        Path | None, typer.Option("--compare", metavar="FILE", help="What --json printed before a change of settings.")
    ] = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Test the library on queries made of its own papers, and on questions it has no answer to.

    Keep what --json prints, change a setting, and see with --compare whether the change is for the better.
    """
    call = call_of(context, home=home, json=json, quiet=quiet)
    settings = call.settings()
    with call.open(settings) as papers:
        from paperchat.evaluation.self_test import PARTS, compare_own, evaluate_own, read_rows

        before = read_rows(earlier) if earlier else []
        told = settings.model_dump(mode="json", include={"embedder", "reranker"})
        with progress_bar("Trying", unit="queries", quiet=call.quiet) as tell:
            measured = evaluate_own(papers, size=size, seed=seed, settings=told, progress=tell)
    document = measured.as_json()
    compared = {
        f"{part}, {kind}": one.as_json()
        for part, kinds in compare_own(before, measured.rows).items()
        for kind, one in kinds.items()
    }
    if call.json:
        print_json(document | ({"compared": compared} if earlier else {}))
        return
    from rich.text import Text

    from paperchat.render import terminal

    print_shown(terminal.own(document, PARTS))
    if earlier:
        print_shown(Text(f"\nCompared with {earlier}:" if compared else f"\nNo query is in {earlier}, too."))
        print_shown(terminal.comparison(compared))


def _print(call: Call, document: dict[str, Any]) -> None:
    if call.json:
        print_json(document)
    else:
        from paperchat.render import terminal

        print_shown(terminal.measures(document))
