"""A weighed claim for a terminal, by rich: the tree of its aspects with counts, the strongest quotes, the papers."""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import Group, RenderableType
from rich.text import Text
from rich.tree import Tree

from paperchat.claims.claim_labels import SIDES, VERDICTS, group_of, looked_at, strongest
from paperchat.survey.types import Aspect, ClaimVerdict, Position, WeighedClaim
from paperchat.text.describe import about, one_line, restriction, title_of

_COLOURS: dict[ClaimVerdict, str] = {
    "supported": "green",
    "contradicted": "red",
    "mixed": "yellow",
    "not_enough_evidence": "yellow",
}
_SIDES: dict[Position, str] = {"support": "green", "oppose": "red", "neutral": "dim"}


def claim(given: WeighedClaim) -> RenderableType:
    parts: list[RenderableType] = [
        Text(one_line(given.claim), style="bold underline"),
        Text.assemble((f"{VERDICTS[given.verdict]}. ", f"bold {_COLOURS[given.verdict]}"), one_line(given.reason)),
    ]
    for aspect in given.aspects:
        parts += [Text(), _tree(given, aspect)]
    if given.papers:
        parts += [Text(), Text("Papers", style="bold"), *_papers(given)]
    restricted = restriction(given.filters)
    told = looked_at(given) + (f" · restricted to {restricted}" if restricted else "")
    return Group(*parts, Text(), Text(told, style="dim"))


def _tree(given: WeighedClaim, aspect: Aspect, onto: Tree | None = None) -> Tree:
    label = Text.assemble(
        (one_line(aspect.name), "bold"),
        "  ",
        (f"{aspect.support} support", _SIDES["support"]),
        ", ",
        (f"{aspect.oppose} oppose", _SIDES["oppose"]),
        ", ",
        (f"{aspect.neutral} neutral", _SIDES["neutral"]),
    )
    tree = onto.add(label) if onto else Tree(label)
    if aspect.aspects:
        for below in aspect.aspects:
            _tree(given, below, tree)
        return tree
    for side, citation in strongest(given, aspect):
        tree.add(
            Text.assemble(
                (f"{SIDES[side]} ", _SIDES[side]),
                (f"[{citation.number}]", "cyan"),
                f" “{one_line(citation.quote.text)}”",
            )
        )
    return tree


def _papers(given: WeighedClaim) -> Iterator[RenderableType]:
    """Those that take a side; the others are in files and JSON."""
    for one in given.papers:
        if one.position == "neutral":
            continue
        marks = "".join(f"[{number}]" for number in one.citations)
        sure = f"{one.confidence:.0%} sure"
        details = " · ".join(filter(None, (sure, group_of(given, one.paper), about(one.paper.paper))))
        yield Text.assemble(
            (f"{SIDES[one.position]} ", _SIDES[one.position]), (marks, "cyan"), " ", (title_of(one.paper.paper), "bold")
        )
        yield Text(f"    {details}", style="dim")
