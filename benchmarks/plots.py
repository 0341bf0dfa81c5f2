"""Draws docs/ndcg.svg, docs/latency.svg and docs/speed.svg of `retrieval_baselines`, `latency` and `speed`.

python -m benchmarks.plots
"""

# The packages of benchmarks/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped"

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import pyplot as plt

from benchmarks.lib.speed_ratios import ratios

HERE = Path(__file__).parent
DOCS = HERE.parent / "docs"
RESULTS = HERE / "results"
LABELS = {
    "paperchat": "paperchat",
    "fusion_relative": "QueryFusion, relative score",
    "fusion_rrf": "QueryFusion, reciprocal rank",
    "bm25": "BM25 (bm25s)",
    "recipe": "LlamaIndex + Chroma + MiniLM",
}
COLOURS = ("#1b6ca8", "#8fb8d4", "#bcd4e6", "#d9a441", "#b5b5b5")


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    # Text stays text, and the same figures give the same bytes.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "paperchat", "font.size": 9, "axes.grid": True})
    mpl.rcParams.update({"axes.axisbelow": True, "grid.color": "#e6e6e6", "font.family": "sans-serif"})
    draw_quality(read_results("retrieval_baselines"))
    draw_latency(read_results("latency"))
    if (RESULTS / "speed.json").exists():  # it is measured on an idle machine
        draw_speed(read_results("speed"))


def read_results(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def draw_quality(measured: dict[str, Any]) -> None:
    figure, axes = plt.subplots(figsize=(7, 3))
    width = 0.8 / len(LABELS)
    for at, (system, colour) in enumerate(zip(LABELS, COLOURS, strict=True)):
        heights = [rows.get(system, {}).get("ndcg@10", 0.0) for rows in measured.values()]
        places = [place + at * width for place in range(len(measured))]
        axes.bar(places, heights, width * 0.92, label=LABELS[system], color=colour)
    axes.set_xticks([place + 2 * width for place in range(len(measured))], list(measured))
    axes.set_ylabel("nDCG@10")
    axes.grid(visible=False, axis="x")
    axes.legend(frameon=False, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    save(figure, "ndcg")


def draw_latency(measured: dict[str, Any]) -> None:
    rows = sorted((measured["sizes"] | measured.get("large", {})).values(), key=lambda row: row["passages"])
    figure, (axes, memory) = plt.subplots(1, 2, figsize=(7, 2.6), layout="constrained")
    size = [row["passages"] for row in rows]
    for quantile, style in (("p50", "-o"), ("p95", "--o")):
        axes.plot(size, [row["first"][quantile] for row in rows], style, color=COLOURS[0], label=quantile, markersize=4)
    axes.set(xscale="log", xlabel="passages", ylabel="ms a new question", ylim=(0, None))
    axes.legend(frameon=False)
    memory.plot(size, [row["memory_mb"] for row in rows], "-o", color=COLOURS[0], markersize=4)
    memory.set(xscale="log", xlabel="passages", ylabel="MB resident", ylim=(0, None))
    save(figure, "latency")


def draw_speed(measured: dict[str, Any]) -> None:
    """A bar for each figure and peer, from 1, where they are equal, to the ratio."""
    rows = [*ratios(measured)][::-1]
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.19 * len(rows)))
    colours = [COLOURS[0] if row.times >= 1 else COLOURS[3] for row in rows]
    axes.barh(range(len(rows)), [row.times - 1 for row in rows], 0.75, left=1, color=colours)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter("{x:g}")
    axes.axvline(1, color="#555555", linewidth=0.8)
    for place, row in enumerate(rows):
        side = "left" if row.times >= 1 else "right"
        axes.annotate(
            f"{row.times:.2g}",
            (row.times, place),
            (3 if side == "left" else -3, 0),
            textcoords="offset points",
            ha=side,
            va="center",
            fontsize=7,
        )
    axes.set_yticks(range(len(rows)), [f"{row.figure} · {row.peer}".replace("`", "") for row in rows], fontsize=7)
    axes.margins(x=0.15, y=0.01)
    axes.set_xlabel("ratio to the peer; to the right of 1 paperchat is faster, or smaller")
    axes.grid(visible=False, axis="y")
    save(figure, "speed")


def save(figure: Any, name: str) -> None:
    figure.savefig(DOCS / f"{name}.svg", bbox_inches="tight", metadata={"Date": None})
    plt.close(figure)


if __name__ == "__main__":
    main()
