"""``digest`` (what is new for you, to the terminal or a file, and by mail) and ``for-you``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from paperchat.cli.output import print_json, print_line, print_renderable, write, write_file
from paperchat.cli.shared_options import Home, Json, cli_context, validate_text
from paperchat.errors import NotFoundError, UsageError

app = typer.Typer(
    help="Show the top papers of the day or week for what you follow, each with a quote and why it is there.",
    rich_markup_mode=None,
    add_completion=False,
)
FAILED = 1
MAX_MAIL_BYTES = 2**20
Format = Literal["terminal", "html", "markdown", "json"]


@app.callback(invoke_without_command=True)
def digest(
    context: typer.Context,
    week: Annotated[bool, typer.Option("--week", help="The papers of seven days instead of one.")] = False,
    until: Annotated[
        str,
        typer.Option("--until", metavar="DATE", help="The last day.", show_default="the library's newest day"),
    ] = "",
    papers: Annotated[int, typer.Option("--papers", metavar="N", min=1, max=50, help="Number of papers at most.")] = 10,
    format_: Annotated[
        Format | None, typer.Option("--format", help="Format of the digest.", show_default="terminal")
    ] = None,
    skip_empty: Annotated[bool, typer.Option("--skip-empty", help="Print nothing where nothing is new.")] = False,
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write to this file.")] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Show what is new for you: top papers for what you follow, and standing questions whose answer changed."""
    if context.invoked_subcommand is not None:
        return
    cli = cli_context(context, home=home, json=json)
    if cli.json and format_ not in (None, "json"):
        raise UsageError(f"--json and --format {format_} cannot be combined: omit one of them")
    chosen = format_ or ("json" if cli.json else "terminal")
    with cli.open() as assistant:
        made = assistant.reading().digest(
            "week" if week else "day", until=validate_text(until, name="--until"), most=papers
        )
    if skip_empty and not made.has_news:
        return
    from paperchat.render import digest_formats

    if chosen == "json" and output is None:
        from paperchat.render.reading_json import digest_as_json

        print_json(digest_as_json(made))
    elif chosen == "terminal" and output is None:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.digest(made))
    else:
        text = digest_formats.digest_as(made, chosen)
        if output is None:
            write(text)
        else:
            write_file(text.encode(), output, option="-o")


def for_you(
    context: typer.Context,
    papers: Annotated[
        int, typer.Option("--papers", metavar="N", min=1, max=100, help="Number of papers at most.")
    ] = 10,
    days: Annotated[
        int, typer.Option("--days", metavar="N", min=1, max=3650, help="Papers of the library's last days only.")
    ] = 30,
    home: Home = None,
    json: Json = False,
) -> None:
    """List recent papers near what you follow and have saved, nearest first, each with the reason."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        found = assistant.reading().for_you(days=days, most=papers)
    if cli.json:
        from paperchat.render.reading_json import listed_papers_as_json

        print_json({"papers": listed_papers_as_json(found)})
    elif found:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.listed_papers(found))
    else:
        print_line("Nothing is near what you follow or have saved: follow a topic, or save papers to a collection.")


@app.command()
def send(
    context: typer.Context,
    due: Annotated[bool, typer.Option("--due", help="Send what is due and was not sent yet.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Mail the digests that are due, once each; run it as often as you like, for example hourly from cron.

    The exit status is 1 where a mail was refused or may have been lost; refused ones are tried again by later runs.
    """
    if not due:
        raise UsageError("digest send needs --due: it sends each confirmed subscriber what is due")
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings()
    with cli.open(settings) as assistant:
        report = assistant.components.mailer(settings).send_due()
    if cli.json:
        from paperchat.render.reading_json import send_report_as_json

        print_json(send_report_as_json(report))
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.send_report(report))
    if report.problems or report.uncertain:
        raise typer.Exit(FAILED)


@app.command()
def subscribe(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Address for mail.", show_default=False)],
    weekly: Annotated[bool, typer.Option("--weekly", help="Once a week instead of each weekday.")] = False,
    say_empty: Annotated[
        bool, typer.Option("--say-empty", help="Send a mail also where nothing is new, which says so.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Subscribe an address to your digests; it is sent a mail by which to confirm."""
    cli = cli_context(context, home=home, json=json)
    settings = cli.settings()
    with cli.open(settings) as assistant:
        subscription = assistant.components.mailer(settings).subscribe(
            validate_text(address, name="address"),
            frequency="weekly" if weekly else "daily",
            when_empty="say" if say_empty else "skip",
        )
    if cli.json:
        from paperchat.render.reading_json import subscription_as_json

        print_json(subscription_as_json(subscription))
    elif subscription.state == "confirmed":
        print_line(f"{subscription.address} is subscribed, {subscription.frequency}")
    else:
        print_line(f"{subscription.address} was asked to confirm: open the link in that mail within a week")


@app.command()
def subscribers(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """List all subscriptions of the library, with what became of their latest issue."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        kept = assistant.library.subscriptions
        subscriptions = kept.all()
        latest = kept.latest_deliveries()
    if cli.json:
        from paperchat.render.reading_json import subscription_as_json

        rows = [subscription_as_json(one, latest.get(one.subscription_id)) for one in subscriptions]
        print_json({"subscriptions": rows})
    else:
        from paperchat.render import terminal_reading

        print_renderable(terminal_reading.subscriptions(subscriptions, latest))


@app.command()
def unsubscribe(
    context: typer.Context,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="The subscribed address.", show_default=False)],
    home: Home = None,
    json: Json = False,
) -> None:
    """End all subscriptions of an address, and forget it."""
    cli = cli_context(context, home=home, json=json)
    with cli.open() as assistant:
        kept = assistant.library.subscriptions
        ended = [one for one in kept.all() if one.address.lower() == address.strip().lower()]
        for one in ended:
            kept.delete(one.subscription_id)
    if not ended:
        raise NotFoundError(f"{address!r} is not subscribed: `paperchat digest subscribers` shows who is")
    if cli.json:
        print_json({"address": ended[0].address, "ended": len(ended)})
    else:
        print_line(f"{ended[0].address} is no longer subscribed")


@app.command()
def bounced(context: typer.Context, home: Home = None, json: Json = False) -> None:
    """Read a bounced mail from standard input, and count it as a refusal by that subscriber's server."""
    from paperchat.mailing.bounces import record_bounce

    cli = cli_context(context, home=home, json=json)
    content = sys.stdin.buffer.read(MAX_MAIL_BYTES)
    with cli.open() as assistant:
        subscription = record_bounce(assistant.library.subscriptions, content)
    if cli.json:
        print_json({"address": subscription.address if subscription else None})
    elif subscription:
        print_line(f"a digest to {subscription.address} has bounced")
    else:
        print_line("this is no bounce of a digest: nothing was changed")
