"""What is left of LaTeX is shown as it was meant; all other text as it is."""

import pytest

from paperchat.text.latex_residue import readable


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (r"It reaches 80\% of R\&D", "It reaches 80% of R&D"),
        ("It is 6.28times faster and 1.48--2.16times smaller.", "It is 6.28× faster and 1.48–2.16× smaller."),
        (r"\texttt{LIVEditor} and \textbf{two steps}", "LIVEditor and two steps"),
        ("a 360^circ view, 90^{circ}, 45{\\deg}", "a 360° view, 90°, 45°"),
        ("only {sim}750 of {approx}0.2, 3 \\times 4", "only ~750 of ≈0.2, 3 × 4"),
        ("τ^2-Bench, R^{2} and T^3RL", "τ²-Bench, R² and T³RL"),
        ("Across 9{,}600 videos", "Across 9,600 videos"),
        ("``exact'' words---no others", "“exact” words—no others"),
    ],
)
def test_residue_is_shown_as_it_was_meant(stored: str, shown: str) -> None:
    assert readable(stored) == shown


@pytest.mark.parametrize(
    "text",
    [
        "It was asked 10 times, sometimes 2timesheets, at times",
        "the --help option, C:\\papers, x^10, a^{n}, {W}, sim-to-real, approx. 3",
        "π_{0.5} and snake_case",
        "",
    ],
)
def test_other_text_is_shown_as_it_is(text: str) -> None:
    assert readable(text) == text
