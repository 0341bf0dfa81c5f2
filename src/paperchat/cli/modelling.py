"""``models``."""

from __future__ import annotations

import typer

from paperchat.cli.options import Home, Json, Llm, call_of
from paperchat.cli.output import print_json, print_shown

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
