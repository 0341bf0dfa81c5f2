from __future__ import annotations

import pytest

from paperchat.render.html import escape_line, escape_text, markdown_to_html
from paperchat.ui.components import button

HOSTILE = "<img src=x onerror=alert(1)><script>alert(2)</script> \"quoted\" 'single' & \u202ebidi"


def test_text_is_never_markup() -> None:
    for made in (escape_line(HOSTILE), escape_text(HOSTILE), button(escape_line(HOSTILE), "ask", question=HOSTILE)):
        assert "<img" not in made
        assert "<script" not in made
        assert "\u202e" not in made
    assert 'data-question="&lt;img' in button("Ask", "ask", question=HOSTILE)
    assert "&quot;quoted&quot;" in button("Ask", "ask", question=HOSTILE)


@pytest.mark.parametrize(
    "markdown",
    [
        HOSTILE,
        "![pixel](https://tracker.example/p.png)",
        "[click](javascript:alert(1)) <https://tracker.example>",
        "[1]: https://tracker.example\n\n[1]",
    ],
)
def test_an_answers_markdown_links_to_nothing_and_loads_nothing(markdown: str) -> None:
    html = markdown_to_html(markdown, {})
    assert all(tag not in html for tag in ("<img", "<a ", "<script", "href="))


def test_marks_stand_where_the_text_has_them_and_nowhere_else() -> None:
    html = markdown_to_html(
        r"**A \[1\] title**  " "\nSays so. [1] And [2] not `[1]`, nor [99].", {1: "<b>one</b>", 2: "<b>two</b>"}
    )
    assert html.count("<b>one</b>") == 1
    assert "Says so. <b>one</b> And <b>two</b> not" in html
    assert "A [1] title" in html
    assert "[99]" in html
