"""Which lines of the first page are the title."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat.ingest.pdf.layout import Body, Line

_JUNK = re.compile(
    r"microsoft word|untitled|\.(?:docx?|tex|dvi|pdf|indd|rtf|ps)\b|overleaf|template|^pii\b|^\S+$|^doi:|^arxiv|"
    r"^paper\s*\d*$|^main$|^manuscript|^\d+$|^title$|proceedings of",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"(?:proceedings|journal|arxiv|preprint|published|under review|accepted|vol(?:ume|\.)?\b|issn|contents lists|"
    r"research article|original (?:article|research)|open access|article$|articles$|letters?$|review$|review article|"
    r"available online|received|doi|https?:|www\.|workshop track|technical report|abstract\b|keywords|"
    r"international conference|conference on|copyright|©|see discussions|downloaded|supplementary material for)",
    re.IGNORECASE,
)
_MOST_PLAIN_LINES = 3  # of a title that is set as the text is
_LETTERS = re.compile(r"[^\W\d_]")


def title_lines(lines: Sequence[Line], body: Body, stated: str) -> list[Line]:
    """The lines, of those of the first page from top to bottom, that hold the title; empty if none stands out."""
    upper = [line for line in lines if line.text]
    if not upper:
        return []
    if is_title(stated):
        found = _stated(upper, stated)
        if found:
            return found
    runs = [
        run
        for run in _runs(upper)
        if _letters(run) >= 6 and (run[0].size > body.size + 2 or not _HEAD.match(run[0].text))
    ]
    middle = upper[0].base + 0.6 * (upper[-1].base - upper[0].base)
    runs = [run for run in runs if run[0].base <= middle] or runs
    if not runs:
        return []
    sized = sorted(runs, key=lambda run: (-round(run[0].size), run[0].base))
    best = sized[0]
    if len(sized) > 1 and _is_masthead(best) and sized[1][0].size > body.size + 1.5:
        best = sized[1]
    if best[0].size > body.size + 0.8:
        return best
    bold = [run for run in runs if run[0].bold and not body.font.bold]
    plainest = (bold or runs)[0]
    return plainest if len(plainest) <= _MOST_PLAIN_LINES else []


def is_title(stated: str) -> bool:
    """Whether a title in the metadata can be one: many programs put a file name there."""
    return len(stated) >= 10 and len(stated) < 400 and not _JUNK.search(stated.strip()) and " " in stated.strip()


def plain(text: str) -> str:
    return re.sub(r"[\W_]+", "", text).casefold()


def _stated(lines: Sequence[Line], stated: str) -> list[Line]:
    """The shortest run of lines that holds the title which the metadata state."""
    wanted = plain(stated)
    for at in range(len(lines)):
        text = ""
        for end in range(at, min(at + 8, len(lines))):
            text += plain(lines[end].text)
            if text == wanted or (len(wanted) > 20 and text.startswith(wanted) and len(text) <= len(wanted) + 2):
                return list(lines[at : end + 1])
            if not wanted.startswith(text):
                break
    return []


def _runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Lines of one size and weight, each below the last."""
    runs: list[list[Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and abs(last.size - line.size) < 0.06 * line.size
            and last.bold == line.bold
            and line.base - last.base < 1.7 * line.size
            and (last.font.name == line.font.name or line.size > 12)
        ):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _letters(run: Sequence[Line]) -> int:
    return sum(len(_LETTERS.findall(line.text)) for line in run)


def _is_masthead(run: Sequence[Line]) -> bool:
    """One or two words in large type are a journal's name or a logo rather than a title."""
    return sum(line.text.count(" ") + 1 for line in run) <= 2
