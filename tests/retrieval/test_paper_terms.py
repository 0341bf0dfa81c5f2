"""What readers ask for, in the words of papers."""

from __future__ import annotations

from paperchat.retrieval.paper_terms import said_in_papers, write_out


def test_shorthand_is_written_out_as_whole_words() -> None:
    assert write_out("LR and bs of AlrNet?") == "learning rate and batch size of AlrNet?"


def test_papers_name_the_hardware_that_is_asked_for() -> None:
    assert "nvidia" in said_in_papers("which GPU was used")
    assert said_in_papers("how do owls hunt") == []
