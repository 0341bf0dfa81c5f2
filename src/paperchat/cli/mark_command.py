"""``mark`` (upvote, read, hide, list)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import print_json, print_line, print_renderable
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text
from paperchat.text.describe import pluralize

if TYPE_CHECKING:
    from paperchat.storage.readers.paper_marks import MarkKind

app = typer.Typer(
    help="Upvote papers, or mark them as read or of no interest: see for-you and digest.",
    rich_markup_mode=None,
    add_completion=False,
)
Papers = Annotated[
    list[str],
    typer.Argument(metavar="PAPER_ID…", help="Papers, by id, arXiv id or DOI.", show_default=False),
]
Undo = Annotated[bool, typer.Option("--undo", help="Take the mark away.")]
_LABELS: Mapping[MarkKind, str] = {
    "upvote": "upvoted",
    "read": "marked as read",
    "hidden": "marked as of no interest",
}

_HEADINGS: Mapping[MarkKind, str] = {"upvote": "Upvoted", "read": "Read", "hidden": "Of no interest"}


app.callback(invoke_without_command=True)(print_help)


@app.command()
def upvote(context: typer.Context, papers: Papers, undo: Undo = False, home: Home = None, json: Json = False) -> None:
    """Upvote papers: what is near them is recommended."""
    _mark(context, "upvote", papers, on=not undo, home=home, json=json)


@app.command()
def read(context: typer.Context, papers: Papers, undo: Undo = False, home: Home = None, json: Json = False) -> None:
    """Mark papers as read: they are not recommended."""
    _mark(context, "read", papers, on=not undo, home=home, json=json)


@app.command()
def hide(context: typer.Context, papers: Papers, undo: Undo = False, home: Home = None, json: Json = False) -> None:
    """Mark papers as of no interest: recommendations and digests leave them out."""
    _mark(context, "hidden", papers, on=not undo, home=home, json=json)


@app.command("list")
def list_(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List the papers that are marked, the latest first."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        reading = assistant.reading()
        marked = {kind: reading.marked(kind) for kind in _LABELS}
    if cli.json:
        print_json(
            {
                kind: [{"paper_id": one.paper_id, "title": one.paper.title} for one in papers]
                for kind, papers in marked.items()
            }
        )
    elif not any(marked.values()):
        print_line("no paper is marked: paperchat mark upvote, read or hide marks one")
    else:
        from paperchat.render import terminal_reading

        for kind, heading in _HEADINGS.items():
            if marked[kind]:
                print_renderable(terminal_reading.collection(heading, marked[kind]))


def _mark(context: typer.Context, kind: MarkKind, papers: list[str], *, on: bool, home: str | None, json: bool) -> None:
    ids = [validate_text(one, name="paper's id") for one in papers]
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        found = [assistant.library.paper(one).paper_id for one in ids]
        for paper_id in found:
            assistant.reading().mark(kind, paper_id, on=on)
    if cli.json:
        print_json({"mark": kind, "on": on, "papers": found})
    else:
        is_ = "is" if len(found) == 1 else "are"
        print_line(f"{pluralize(len(found), 'paper')} {is_} {'' if on else 'no longer '}{_LABELS[kind]}")
