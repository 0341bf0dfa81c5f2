"""``mcp``: the library for assistants, over standard input and output."""

from __future__ import annotations

import typer

from paperchat.cli.shared_options import Home, Llm, cli_context


def mcp(context: typer.Context, llm: Llm = None, home: Home = None) -> None:
    """Serve the library to an assistant by the Model Context Protocol, over standard input and output.

    An editor or a desktop assistant starts this command itself: see docs/integrations.md. Over HTTP, serve does it.
    """
    cli = cli_context(context, home=home)
    with cli.open(cli.settings(llm=llm)) as assistant:
        from paperchat.mcp.protocol_server import serve_stdio

        serve_stdio(assistant)
