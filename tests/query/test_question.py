from paperchat.query.question import content_words, read_question


def test_stop_words_are_no_content() -> None:
    assert [form for _, _, form in content_words("How many of the questions are in LabSafety Bench?")] == [
        "questions",
        "LabSafety",
        "Bench",
    ]


def test_rare_words_weigh_more_than_common_ones() -> None:
    question = read_question(
        "models of LabSafety",
        stems={"models": frozenset({"model"}), "LabSafety": frozenset({"labsafeti"})},
        frequency={"models": 80, "LabSafety": 1},
        passages=100,
    )
    weights = {question.text[word.start : word.end]: word.weight for word in question.words}
    assert weights["LabSafety"] > 3 * weights["models"] > 0


def test_words_about_papers_weigh_less_than_words_about_their_subject() -> None:
    question = read_question(
        "paper whales",
        stems={"paper": frozenset({"paper"}), "whales": frozenset({"whale"})},
        frequency={"paper": 5, "whales": 5},
        passages=100,
    )
    paper, whales = question.words
    assert paper.weight < whales.weight
