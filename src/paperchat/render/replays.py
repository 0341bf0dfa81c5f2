"""What has become of an answer, for a terminal."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.text import Text

from paperchat.conversation.replay import QuoteCheck, Replay
from paperchat.text.describe import one_line

_TOLD = {
    "exact": "still exact",
    "moved": "now elsewhere in the paper",
    "superseded": "the paper has a newer version",
    "gone": "the paper no longer says so",
    "removed": "the paper is no longer in the library",
    "altered": "what was kept of it has been changed",
}


def replay(found: Replay) -> RenderableType:
    verdict = Text("It holds.", style="green") if found.holds else Text("Something has changed.", style="yellow")
    parts: list[RenderableType] = [Text(one_line(found.question), style="bold"), verdict]
    parts += [_quote(one) for one in found.quotes]
    if found.leading_then != found.leading_now:
        parts.append(Text("Asked again, other papers lead:"))
        for when, titles in (("then", found.leading_then), ("now", found.leading_now)):
            parts.append(Text(f"    {when}: {'; '.join(map(one_line, titles)) or 'none'}"))
    if found.library_then and found.library_then != found.library_now:
        then, now = found.library_then["papers"], found.library_now["papers"]
        parts.append(Text(f"The library had {then} papers and has {now}.", style="dim"))
    return Group(*parts)


def _quote(one: QuoteCheck) -> RenderableType:
    where = f" ({one_line(one.where)})" if one.where and one.state in ("moved", "superseded") else ""
    withdrawn = "; the paper has been withdrawn" if one.withdrawn else ""
    style = "green" if one.state == "exact" and not one.withdrawn else "yellow"
    return Text.assemble(
        (f"[{one.number}] ", "cyan"),
        (f"{_TOLD[one.state]}{where}{withdrawn}: ", style),
        f"“{one_line(one.quote)}” {one_line(one.title)}",
    )
