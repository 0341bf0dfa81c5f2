"""``eval``: retrieval on a test collection, comparison of runs, answers by kind, surveys, results, and a self-test."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from paperchat.cli.output import print_json, print_renderable
from paperchat.cli.progress import progress_bar
from paperchat.cli.shared_options import Home, Json, Quiet, cli_context, print_help

if TYPE_CHECKING:
    from paperchat.cli.shared_options import CliContext

SOME_FAILED = 1

app = typer.Typer(help="Measure retrieval and answers.", rich_markup_mode=None, add_completion=False)

Split = Annotated[
    str, typer.Option(metavar="NAME", help="Use qrels/NAME.tsv, if there are several.", show_default=False)
]


app.callback(invoke_without_command=True)(print_help)


@app.command()
def retrieval(
    context: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder of a collection in BEIR format.", show_default=False)
    ],
    run: Annotated[Path | None, typer.Option("--run", metavar="FILE", help="Write a TREC run to this file.")] = None,
    k: Annotated[int, typer.Option("-k", metavar="N", min=1, help="Number of results per query.")] = 100,
    split: Split = "",
    home: Annotated[
        str | None,
        typer.Option(
            "--home", metavar="DIR", help="Keep the index in this folder for the next run.", show_default=False
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Measure retrieval on a test collection, indexed like any library.

    With --json, the results of each query are included.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    settings = cli.settings()
    from paperchat.evaluation.beir import write_run
    from paperchat.evaluation.retrieval_evaluation import evaluate_retrieval

    with progress_bar("Measuring", unit="documents and queries", quiet=cli.quiet) as report_progress:
        measured = evaluate_retrieval(
            folder, settings=settings, k=k, split=split, home=cli.home, progress=report_progress
        )
    if run:
        write_run(run, measured.run)
    _print(cli, measured.as_json())
    if measured.failed:
        if not cli.json:
            from paperchat.render import terminal

            print_renderable(terminal.failures(measured.failed))
        raise typer.Exit(SOME_FAILED)


@app.command()
def compare(
    context: typer.Context,
    before: Annotated[Path, typer.Argument(metavar="RUN_A", help="First TREC run.", show_default=False)],
    after: Annotated[Path, typer.Argument(metavar="RUN_B", help="Second TREC run.", show_default=False)],
    qrels: Annotated[
        Path,
        typer.Option(
            metavar="PATH", help="Relevance judgements: a file, or the folder of a collection.", show_default=False
        ),
    ],
    split: Split = "",
    json: Json = False,
) -> None:
    """Compare two runs, with a significance test (paired randomisation)."""
    cli = cli_context(context, json=json)
    from paperchat.evaluation.beir import MEASURES
    from paperchat.evaluation.significance import compare_runs

    compared = compare_runs(before, after, qrels=qrels, split=split).as_json()
    if cli.json:
        print_json(compared)
    else:
        from paperchat.render import terminal_evaluation

        print_renderable(terminal_evaluation.comparison(compared["measures"]))
        print_renderable(terminal_evaluation.most_changed(compared["per_query"], next(iter(MEASURES))))


@app.command()
def answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Questions in JSON Lines.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask questions with known answers, and measure how many are answered correctly."""
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    with cli.open() as assistant:
        from paperchat.evaluation.answer_evaluation import evaluate_answers

        with progress_bar("Asking", unit="questions", quiet=cli.quiet) as report_progress:
            measured = evaluate_answers(assistant, file, progress=report_progress)
    _print(cli, measured.as_json())


@app.command()
def claims(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Claims in JSON Lines.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Weigh claims with known verdicts, and measure how many verdicts and stances of papers are right."""
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    with cli.open() as assistant:
        from paperchat.evaluation.claim_evaluation import evaluate_claims

        with progress_bar("Weighing", unit="claims", quiet=cli.quiet) as report_progress:
            measured = evaluate_claims(assistant, file, progress=report_progress)
    _print(cli, measured.as_json())


@app.command()
def assistant(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Questions and conversations in JSON Lines.", show_default=False)
    ],
    table: Annotated[
        bool, typer.Option("--table", help="Also list each question with its result and what is wrong.")
    ] = False,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ask questions of every kind with known answers, and measure by kind how many are answered correctly.

    A conversation is held turn by turn, and deleted afterwards.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    with cli.open() as opened:
        from paperchat.evaluation.assistant_evaluation import evaluate_assistant

        with progress_bar("Asking", unit="questions", quiet=cli.quiet) as report_progress:
            measured = evaluate_assistant(opened, file, progress=report_progress).as_json()
    if cli.json:
        print_json(measured)
        return
    from paperchat.render import terminal_evaluation

    print_renderable(terminal_evaluation.assistant_evaluation(measured))
    if table:
        print_renderable(terminal_evaluation.assistant_rows(measured["rows"]))


@app.command()
def surveys(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Topics in JSON Lines.", show_default=False)],
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Survey topics with known papers, limits and results, and measure how many are read and quoted.

    Topics of which the library has no paper are left out. With --json, the results of each topic are included.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    with cli.open() as opened:
        from paperchat.evaluation.survey_evaluation import evaluate_surveys

        with progress_bar("Surveying", unit="topics", quiet=cli.quiet) as report_progress:
            measured = evaluate_surveys(opened, file, progress=report_progress)
    _print(cli, measured.as_json())


@app.command()
def results(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="Results read by hand, in JSON Lines.", show_default=False)
    ],
    table: Annotated[bool, typer.Option("--table", help="Also list each result that is wrong or missing.")] = False,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Compare the results that are read from the library's papers with those that a person has read in them.

    Precision and recall are of cells: value, system, benchmark and measure.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    with cli.open() as opened:
        from paperchat.evaluation.results_evaluation import evaluate_results

        with progress_bar("Reading", unit="papers", quiet=cli.quiet) as report_progress:
            measured = evaluate_results(opened, file, progress=report_progress).as_json()
    if cli.json:
        print_json(measured)
        return
    from paperchat.render import terminal_evaluation

    print_renderable(terminal_evaluation.results_evaluation(measured))
    if table:
        print_renderable(terminal_evaluation.results_rows(measured["rows"]))


@app.command("self")
def self_test(
    context: typer.Context,
    size: Annotated[int, typer.Option("-n", "--size", metavar="N", min=1, help="Number of papers to test.")] = 100,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed for the choice of papers.")] = 0,
    earlier: Annotated[
        Path | None, typer.Option("--compare", metavar="FILE", help="Earlier --json output to compare with.")
    ] = None,
    home: Home = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Test the library on queries made from its own papers, and on questions it cannot answer.

    Save the --json output, change a setting, and use --compare to see whether the change is an improvement.
    """
    cli = cli_context(context, home=home, json=json, quiet=quiet)
    settings = cli.settings()
    with cli.open(settings) as assistant:
        from paperchat.evaluation.self_test import PARTS, compare_self_tests, read_self_test, run_self_test

        before = read_self_test(earlier) if earlier else []
        tested_settings = settings.model_dump(mode="json", include={"embedder", "reranker"})
        with progress_bar("Trying", unit="queries", quiet=cli.quiet) as report_progress:
            measured = run_self_test(
                assistant, size=size, seed=seed, settings=tested_settings, progress=report_progress
            )
    document = measured.as_json()
    compared = {
        f"{part}, {kind}": one.as_json()
        for part, kinds in compare_self_tests(before, measured.rows).items()
        for kind, one in kinds.items()
    }
    if cli.json:
        print_json(document | ({"compared": compared} if earlier else {}))
        return
    from rich.text import Text

    from paperchat.render import terminal_evaluation

    print_renderable(terminal_evaluation.self_test(document, PARTS))
    if earlier:
        print_renderable(
            Text(f"\nCompared with {earlier}:" if compared else f"\n{earlier} has no query in common with this run.")
        )
        print_renderable(terminal_evaluation.comparison(compared))


def _print(cli: CliContext, document: dict[str, Any]) -> None:
    if cli.json:
        print_json(document)
    else:
        from paperchat.render import terminal

        print_renderable(terminal.measures(document))
