"""``note`` (add, list, edit, delete, export)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from paperchat.cli.output import ReadingFormat, print_json, print_line, print_renderable, write_reading
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text

if TYPE_CHECKING:
    from paperchat.storage.readers.paper_notes import PaperNote

app = typer.Typer(
    help="Write notes on papers, for yourself, and export them.", rich_markup_mode=None, add_completion=False
)
Note = Annotated[
    str, typer.Argument(metavar="NOTE_ID", help="The note's id, or the beginning of it.", show_default=False)
]
NewText = Annotated[str, typer.Argument(metavar="TEXT", help="The note.", show_default=False)]


app.callback(invoke_without_command=True)(print_help)


@app.command()
def add(
    context: typer.Context,
    paper: Annotated[
        str, typer.Argument(metavar="PAPER_ID", help="Paper, by id, arXiv id or DOI.", show_default=False)
    ],
    text: NewText,
    quote: Annotated[
        str, typer.Option("--quote", metavar="WORDS", help="Words of the paper that it is on.", show_default=False)
    ] = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """Write a note on a paper, or on words of it."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        note = assistant.reading().add_note(_validate(paper), _validate(text), quote=_validate(quote))
    _print(note, json=cli.json, done="kept")


@app.command("list")
def list_(
    context: typer.Context,
    papers: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PAPER_ID…]", help="Only notes on these papers.", show_default=False),
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """List the notes, the latest first."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        notes = assistant.reading().notes([_validate(one) for one in papers] if papers else None)
        found = assistant.library.papers(dict.fromkeys(one.paper_id for one in notes))
    if cli.json:
        from paperchat.render.reading_json import note_as_json

        print_json({"notes": [note_as_json(one) for one in notes]})
    else:
        from paperchat.render import terminal_reading
        from paperchat.render.note_formats import notes_by_paper

        of_papers = notes_by_paper(notes)
        print_renderable(terminal_reading.notes([found[one] for one in of_papers], of_papers))


@app.command()
def edit(context: typer.Context, note: Note, text: NewText, home: Home = None, json: Json = False) -> None:
    """Replace the text of a note."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        edited = assistant.reading().edit_note(_validate(note), _validate(text))
    _print(edited, json=cli.json, done="changed")


@app.command()
def delete(context: typer.Context, note: Note, home: Home = None, json: Json = False) -> None:
    """Delete a note for good."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        deleted = assistant.reading().delete_note(_validate(note))
    _print(deleted, json=cli.json, done="deleted")


@app.command()
def export(
    context: typer.Context,
    format_: Annotated[
        ReadingFormat, typer.Option("--format", help="Format of the papers and notes; json is CSL JSON.")
    ] = "markdown",
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
) -> None:
    """Export the papers that have notes, with these."""
    cli = cli_context(context, home=home)
    with cli.open() as assistant:
        notes = assistant.reading().notes()
        ids = list(dict.fromkeys(one.paper_id for one in notes))
        papers = assistant.library.papers(ids)
        write_reading("Notes", [papers[one] for one in ids], format_, output, notes=notes)


def _print(note: PaperNote, *, json: bool, done: str) -> None:
    if json:
        from paperchat.render.reading_json import note_as_json

        print_json(note_as_json(note))
    else:
        from paperchat.render.terminal_reading import NOTE_ID_LENGTH

        print_line(f"{done}: note {note.note_id[:NOTE_ID_LENGTH]} on {note.paper_id}")


def _validate(text: str) -> str:
    return validate_text(text, name="id or text")
