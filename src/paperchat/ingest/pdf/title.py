"""Finds the title's lines on the first page."""

from __future__ import annotations

import re
from collections.abc import Sequence

from paperchat import lexicon
from paperchat.ingest.pdf.layout import BodyStyle, Line

_LEXICON = lexicon.load("pdf_front_matter")
_NOT_A_TITLE_PATTERN = re.compile(_LEXICON.regex("not_a_title"), re.IGNORECASE)
_PAGE_HEADER_PATTERN = re.compile(_LEXICON.regex("page_header"), re.IGNORECASE)
_MAX_PLAIN_LINES = 3  # of a title in the style of the running text
_MIN_LETTERS = 6  # of a title, but for a name that a colon ends
_MAX_STEP = 2.5  # font sizes between a name and the title below it
_LETTER_PATTERN = re.compile(r"[^\W\d_]")


def find_title_lines(lines: Sequence[Line], body: BodyStyle, metadata_title: str) -> list[Line]:
    """The title's lines among those of the first page, given from top to bottom; empty if none stands out."""
    upper = [line for line in lines if line.text]
    if not upper:
        return []
    if is_plausible_title(metadata_title):
        matched = _match_metadata_title(upper, metadata_title)
        if matched:
            return matched
    runs = [
        run
        for run in _style_runs(upper)
        if (_letter_count(run) >= _MIN_LETTERS or run[-1].text.rstrip().endswith(":"))
        and (run[0].size > body.size + 2 or not _PAGE_HEADER_PATTERN.match(run[0].text))
    ]
    middle = upper[0].baseline + 0.6 * (upper[-1].baseline - upper[0].baseline)
    if not runs:
        return []
    upper_runs = [run for run in runs if run[0].baseline <= middle] or runs
    sized = sorted(upper_runs, key=lambda run: (-round(run[0].size), run[0].baseline))
    best = sized[0]
    if len(sized) > 1 and _is_masthead(best) and not _names_what_follows(best, sized[1]):
        best = sized[1] if sized[1][0].size > body.size + 1.5 else best
    if best[0].size > body.size + 0.8:
        return _with_name(best, runs)
    bold = [run for run in upper_runs if run[0].is_bold and not body.font.is_bold]
    plainest = (bold or upper_runs)[0]
    return plainest if len(plainest) <= _MAX_PLAIN_LINES else []


def is_plausible_title(metadata_title: str) -> bool:
    """Whether a title in the metadata can be one; many programs put a file name there."""
    return (
        len(metadata_title) >= 10
        and len(metadata_title) < 400
        and not _NOT_A_TITLE_PATTERN.search(metadata_title.strip())
        and " " in metadata_title.strip()
    )


def letters_only(text: str) -> str:
    """The letters and digits alone, case-folded, for comparison."""
    return re.sub(r"[\W_]+", "", text).casefold()


def _match_metadata_title(lines: Sequence[Line], metadata_title: str) -> list[Line]:
    """The shortest run of lines that spells the title in the metadata."""
    target = letters_only(metadata_title)
    for at in range(len(lines)):
        text = ""
        for end in range(at, min(at + 8, len(lines))):
            text += letters_only(lines[end].text)
            if text == target or (len(target) > 20 and text.startswith(target) and len(text) <= len(target) + 2):
                return list(lines[at : end + 1])
            if not target.startswith(text):
                break
    return []


def _with_name(title: Sequence[Line], runs: Sequence[Sequence[Line]]) -> list[Line]:
    """The title with the name of a system above it, or with what such a name in larger type is followed by."""
    at = next(place for place, run in enumerate(runs) if run[0] is title[0])
    lines = list(title)
    if at and _is_masthead(runs[at - 1]) and _names_what_follows(runs[at - 1], title):
        lines = [*runs[at - 1], *lines]
    if at + 1 < len(runs) and _names_what_follows(title, runs[at + 1]):
        lines += runs[at + 1]
    return lines


def _names_what_follows(name: Sequence[Line], title: Sequence[Line]) -> bool:
    """Whether the lines, which a colon ends, stand right above the others."""
    step = title[0].baseline - name[-1].baseline
    return name[-1].text.rstrip().endswith(":") and 0 < step < _MAX_STEP * max(name[-1].size, title[0].size)


def _style_runs(lines: Sequence[Line]) -> list[list[Line]]:
    """Groups of consecutive lines of one size and weight."""
    runs: list[list[Line]] = []
    for line in lines:
        last = runs[-1][-1] if runs else None
        if (
            last is not None
            and abs(last.size - line.size) < 0.06 * line.size
            and last.is_bold == line.is_bold
            and line.baseline - last.baseline < 1.7 * line.size
            and (last.font.name == line.font.name or line.size > 12)
        ):
            runs[-1].append(line)
        else:
            runs.append([line])
    return runs


def _letter_count(run: Sequence[Line]) -> int:
    return sum(len(_LETTER_PATTERN.findall(line.text)) for line in run)


def _is_masthead(run: Sequence[Line]) -> bool:
    """One or two words in large type: the name of a journal or a logo rather than a title."""
    return sum(line.text.count(" ") + 1 for line in run) <= 2
