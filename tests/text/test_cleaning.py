from __future__ import annotations

import pytest

from paperchat.text.cleaning import clean, printable, shorten


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("e\ufb03cient \ufb01ne-tuning of \ufb02ows", "efficient fine-tuning of flows"),
        ("Poincare\u0301", "Poincaré"),
        ("trans\u00adformer", "transformer"),
        ("zero\u200bwidth\ufeff", "zerowidth"),
        ("bell\x07 and escape\x1b[31m", "bell and escape[31m"),
        ("safe \u202etxt.exe\u202c \u2066isolated\u2069", "safe txt.exe isolated"),
        ("hidden\U000e0041\U000e0042 tags", "hidden tags"),
        ("Hangul\u3164\u115f\u1160 fillers, joiner\u034f", "Hangul fillers, joiner"),
        ("selectors\ufe0f\U000e0101 of \u180bvariants\U000e0fff", "selectors of variants"),
        ("  two\n  lines\tand\u00a0spaces\u2028 ", "two lines and spaces"),
        ("lone \ud800 surrogate", "lone \ufffd surrogate"),
    ],
)
def test_what_is_not_seen_or_not_storable_is_removed(given: str, kept: str) -> None:
    assert clean(given) == kept
    assert clean(kept) == kept


@pytest.mark.parametrize(
    "text",
    [
        "مرحبا بالعالم",
        "x² + y₂",
        "$\\alpha_{1} < 2$ &amp; <b>bold</b>",
        "naïve Łukasz 漢字",
        "{https://a.example/}",
    ],
)
def test_everything_else_stays_as_the_source_has_it(text: str) -> None:
    assert clean(text) == text


def test_a_heap_of_combining_marks_is_cut_and_cleaning_twice_changes_nothing() -> None:
    heap = clean("a" + "\u0316\u0300" * 1_000_000)
    assert len(heap) <= 31
    assert clean(heap) == heap


def test_shortened_text_fits_and_says_that_it_was_cut() -> None:
    assert shorten("one  two", 20) == "one two"
    assert shorten("word " * 100, 20) == "word word word word…"
    assert len(shorten("x" * 100, 20)) == 20


def test_a_printable_name_keeps_its_spaces_but_no_control_characters() -> None:
    assert printable("a  b\n\x1b[2Jc\udcff.txt") == "a  b [2Jc\ufffd.txt"
