"""``collection`` (add, remove, list, show, export, delete)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from paperchat.cli.output import ReadingFormat, print_json, print_line, print_renderable, write_reading
from paperchat.cli.shared_options import Home, Json, cli_context, print_help, validate_text
from paperchat.text.describe import pluralize

app = typer.Typer(
    help="Save papers to collections, and export these as BibTeX, RIS or Markdown.",
    rich_markup_mode=None,
    add_completion=False,
)
Name = Annotated[str, typer.Argument(metavar="NAME", help="Name of the collection.", show_default=False)]
Papers = Annotated[
    list[str],
    typer.Argument(metavar="PAPER_ID…", help="Papers, by id, arXiv id or DOI.", show_default=False),
]


app.callback(invoke_without_command=True)(print_help)


@app.command()
def add(context: typer.Context, name: Name, papers: Papers, home: Home = None, json: Json = False) -> None:
    """Save papers to a collection; a new name starts one."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        saved = assistant.reading().save(_validate(name), [_validate_id(one) for one in papers])
    if cli.json:
        from paperchat.render.reading_json import collection_as_json

        print_json(collection_as_json(saved))
    else:
        print_line(f"{saved.name} has {pluralize(saved.papers, 'paper')}")


@app.command()
def remove(context: typer.Context, name: Name, papers: Papers, home: Home = None, json: Json = False) -> None:
    """Take papers out of a collection; they stay in the library."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        removed = assistant.reading().unsave(_validate(name), [_validate_id(one) for one in papers])
    if cli.json:
        print_json({"name": name, "removed": removed})
    else:
        print_line(f"took {pluralize(removed, 'paper')} out of {name}")


@app.command("list")
def list_(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List the collections."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        collections = assistant.reading().collections()
    if cli.json:
        from paperchat.render.reading_json import collection_as_json

        print_json({"collections": [collection_as_json(one) for one in collections]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.collections(collections))


@app.command()
def show(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Show the papers of a collection, the latest saved first."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        papers = assistant.reading().saved(_validate(name))
    if cli.json:
        print_json({"name": name, "papers": [{"paper_id": one.paper_id, "title": one.paper.title} for one in papers]})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.collection(name, papers))


@app.command()
def export(
    context: typer.Context,
    name: Name,
    format_: Annotated[
        ReadingFormat, typer.Option("--format", help="Format of the references; json is CSL JSON.")
    ] = "bibtex",
    notes: Annotated[bool, typer.Option("--notes", help="With your notes on the papers.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
) -> None:
    """Export the references of a collection's papers."""
    cli = cli_context(context, home=home)
    with cli.open() as assistant:
        reading = assistant.reading()
        papers = reading.saved(_validate(name))
        on_papers = reading.notes([one.paper_id for one in papers]) if notes else []
        write_reading(name, papers, format_, output, notes=on_papers)


@app.command()
def delete(context: typer.Context, name: Name, home: Home = None, json: Json = False) -> None:
    """Delete a collection; its papers stay in the library."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        deleted = assistant.reading().delete_collection(_validate(name))
    if cli.json:
        print_json({"deleted": deleted.name, "papers": deleted.papers})
    else:
        print_line(f"deleted {deleted.name}; its {pluralize(deleted.papers, 'paper')} stay in the library")


def _validate(name: str) -> str:
    return validate_text(name, name="collection's name")


def _validate_id(paper_id: str) -> str:
    return validate_text(paper_id, name="paper's id")
