"""Rows of tables in the text of a passage."""

from __future__ import annotations

from paperchat.text.sentences import sentence_spans
from paperchat.text.table_rows import MAX_QUOTE, is_table, with_header

TABLE = "Method Northern Southern\nPeople 71.5 70.2\n61.2 58.4\nFaunaNet 88.3 84.9"


def quoted(text: str, number: int) -> str:
    start, end = with_header(text, sentence_spans(text), number)
    return text[start:end]


def test_a_row_goes_with_all_above_it() -> None:
    assert quoted(TABLE, 0) == "Method Northern Southern"
    assert quoted(TABLE, 2) == "Method Northern Southern\nPeople 71.5 70.2\n61.2 58.4"


def test_a_row_far_from_its_header_and_a_sentence_stand_alone() -> None:
    long = "Method Northern Southern\n" + "People 71.5 70.2\n" * (MAX_QUOTE // 10)
    assert quoted(long.strip(), 30) == "People 71.5 70.2"
    prose = "We count owls. We count bats in 3 woods."
    assert not is_table(prose, sentence_spans(prose))
    assert quoted(prose, 1) == "We count bats in 3 woods."
