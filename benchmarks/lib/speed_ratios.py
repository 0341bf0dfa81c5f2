"""The ratios to the peers in the figures of `benchmarks.speed`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.lib.searchers import SYSTEMS

PDF_RECIPE = "LlamaIndex recipe, its own splitter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """A figure of paperchat and of a peer; ``times`` is above 1 where paperchat is faster or smaller."""

    figure: str
    peer: str
    ours: float
    theirs: float
    smaller_is_better: bool = False

    @property
    def times(self) -> float:
        return self.theirs / self.ours if self.smaller_is_better else self.ours / self.theirs


def ratios(found: Mapping[str, Any]) -> Iterator[Ratio]:
    """The ratios of the parts that were measured."""
    yield from _of_embedding(found.get("embedding", {}))
    yield from _of_index(found.get("index", {}).get("systems", {}))
    yield from _of_pdfs(found.get("pdfs", {}))
    yield from _of_commands(found.get("commands", {}))


def _of_embedding(part: Mapping[str, Any]) -> Iterator[Ratio]:
    names = [*part.get("contestants", ())]
    for peer in names[1:]:
        ours, theirs = part["contestants"][names[0]], part["contestants"][peer]
        for figure, key in (
            ("abstracts embedded/s", "abstracts_per_second"),
            ("the same/CPU second", "per_cpu_second"),
        ):
            yield Ratio(figure=figure, peer=peer, ours=ours[key], theirs=theirs[key])


def _of_index(systems: Mapping[str, Any]) -> Iterator[Ratio]:
    if "paperchat" not in systems:
        return
    ours = systems["paperchat"]
    peers = {SYSTEMS[name].label: row for name, row in systems.items() if name != "paperchat"}
    for peer, row in peers.items():
        figure = "documents into the index/s"
        yield Ratio(figure=figure, peer=peer, ours=ours["documents_per_second"], theirs=row["documents_per_second"])
    for figure, quantile in (("a new question, median ms", "p50"), ("a new question, 95 % ms", "p95")):
        for peer, row in peers.items():
            pair = ours["ms"][quantile], row["ms"][quantile]
            yield Ratio(figure=figure, peer=peer, ours=pair[0], theirs=pair[1], smaller_is_better=True)
    for peer, row in peers.items():
        pair = ours["memory_mb"], row["memory_mb"]
        yield Ratio(figure="index and search, peak MB", peer=peer, ours=pair[0], theirs=pair[1], smaller_is_better=True)


def _of_pdfs(part: Mapping[str, Any]) -> Iterator[Ratio]:
    if "recipe_1024" in part:
        ours, theirs = (part[name]["pages_per_second"] for name in ("paperchat", "recipe_1024"))
        yield Ratio(figure="pages of PDFs/s, to searchable", peer=PDF_RECIPE, ours=ours, theirs=theirs)


def _of_commands(part: Mapping[str, Any]) -> Iterator[Ratio]:
    rows = {row["command"]: row for row in part.get("commands", ())}
    for command, row in rows.items():
        if command != part["peer"]:
            theirs = rows[part["peer"]]["clock"]
            figure, peer = f"fresh `{command}`, s", f"`{part['peer']}`"
            yield Ratio(figure=figure, peer=peer, ours=row["clock"], theirs=theirs, smaller_is_better=True)
