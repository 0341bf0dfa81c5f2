"""The figures of `benchmarks.speed` as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from benchmarks import answer_times, memory, search_speed, startup
from benchmarks.lib.searchers import SYSTEMS
from benchmarks.lib.speed_ratios import ratios

LIMITED = "embedding, PyTorch kept to AVX2"
BUSY = 0.5  # processes at work before a part
OBEYED = 0.7  # of the usual peak: AVX2 alone has half of it at most


def format_report(found: Mapping[str, Any], *, quick: bool) -> str:
    """Markdown: the machine, the ratios, and each part by itself."""
    machine = found["machine"]
    lines = [
        f"{machine['processor']}, {machine['processors']} processors, {', '.join(machine['instructions']) or '?'}; "
        f"Python {machine['python']}. {_loads(found)}",
        "",
    ]
    if quick:
        lines += ["**A quick run: it shows that every part runs; the figures mean nothing.**", ""]
    lines += [
        "| figure | paperchat | peer | of the peer | ratio, above 1 in favour of paperchat |",
        "|---|---|---|---|---|",
    ]
    for one in ratios(found):
        pair = _number(one.ours), _number(one.theirs)
        lines.append(f"| {one.figure} | {pair[0]} | {one.peer} | {pair[1]} | {one.times:.2f} |")
    for name, describe in PARTS.items():
        if name in found:
            lines += ["", *describe(found)]
    return "\n".join(lines)


def _loads(found: Mapping[str, Any]) -> str:
    loads = {name: part["load_before"] for name, part in found.items() if name != "machine"}
    listed = ", ".join(f"{name} {value}" for name, value in loads.items())
    busy = " The machine was busy." if any(value > BUSY for value in loads.values()) else ""
    return f"Load before: {listed}.{busy}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _embedding(found: Mapping[str, Any]) -> Iterator[str]:
    part = found["embedding"]
    peak = part["int8_peak"]
    amount = f"{part['abstracts']} abstracts of {part['tokens_per_abstract']} tokens"
    yield (
        f"Embedding, rounds: {part['rounds']}, of {amount}: "
        f"{peak['share']:.0%} of the machine's 8-bit peak, which is {peak['products_per_second'] / 1e9:,.0f} billion "
        f"products/s, or {peak['abstracts_per_second']:.0f} abstracts/s. The first vector of a process takes "
        f"{part['first_vector_ms']} ms."
    )
    if len(part["contestants"]) == 1:
        yield "Left out, since it is not installed: sentence-transformers."


def _limited(found: Mapping[str, Any]) -> Iterator[str]:
    part = found[LIMITED]
    for peer, row in [*part["contestants"].items()][1:]:
        yield f"{peer} where PyTorch is kept to AVX2: {row['abstracts_per_second']} abstracts/s."
    if "embedding" in found:
        limited, usual = (found[name]["int8_peak"]["products_per_second"] for name in (LIMITED, "embedding"))
        obeys = limited < OBEYED * usual
        yield (
            f"With the same variables, ONNX Runtime's 8-bit peak is {limited / usual:.0%} of the usual one: "
            + ("it obeys them, too." if obeys else "it does not obey them, so that there is no ratio for AVX2 here.")
        )


def _index(found: Mapping[str, Any]) -> Iterator[str]:
    part = found["index"]
    amount = f"{part['documents']:,} abstracts and {part['queries']} queries"
    yield f"Index and search, rounds: {part['rounds']}, of {amount}:"
    yield ""
    yield search_speed.format_table(part)
    if missing := [system.label for name, system in SYSTEMS.items() if name not in part["systems"]]:
        yield ""
        yield f"Left out, since packages are not installed: {', '.join(missing)}."


def _answers(found: Mapping[str, Any]) -> Iterator[str]:
    yield "An answer to a new question, inside a process:"
    yield ""
    yield answer_times.format_table(found["answers"])


def _commands(found: Mapping[str, Any]) -> Iterator[str]:
    yield f"Fresh commands in turn, rounds: {found['commands']['rounds']}, medians:"
    yield ""
    yield startup.format_table(found["commands"])


def _pdfs(found: Mapping[str, Any]) -> Iterator[str]:
    part = found["pdfs"]
    ours = part["paperchat"]
    share = ours["main_thread"].get("embedding", 0.0)
    yield (
        f"PDFs, {part['files']} of {part['pages']} pages: {ours['pages_per_second']} pages/s to searchable; "
        f"{share:.0%} of the time is the model's; {ours['peak_mb']} MB at most."
    )
    if "recipe_1024" not in part:
        yield "Left out, since packages are not installed: the LlamaIndex recipe."


def _memory(found: Mapping[str, Any]) -> Iterator[str]:
    yield "Memory over the same library:"
    yield ""
    yield memory.format_table(found["memory"])


PARTS = {
    "embedding": _embedding,
    LIMITED: _limited,
    "index": _index,
    "answers": _answers,
    "commands": _commands,
    "pdfs": _pdfs,
    "memory": _memory,
}
