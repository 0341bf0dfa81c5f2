"""``replay``."""

from __future__ import annotations

from typing import Annotated

import typer

from paperchat.cli.options import Home, Json, call_of, text_of
from paperchat.cli.output import print_json, print_shown

CHANGED = 1


def replay(
    context: typer.Context,
    answer_id: Annotated[str, typer.Argument(metavar="ID", help="The answer's id.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """Hold an earlier answer against today's library: are its quotes still exact, do the same papers lead?

    No model is asked. The exit status is 0 when all holds, and 1 when something has changed.
    """
    call = call_of(context, home=home, json=json)
    with call.open() as papers:
        found = papers.replay(text_of(answer_id, name="answer's id"))
    if call.json:
        print_json(found.as_json())
    else:
        from paperchat.render import replays

        print_shown(replays.replay(found))
    if not found.holds:
        raise typer.Exit(CHANGED)
