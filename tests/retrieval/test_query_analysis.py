from paperchat.retrieval.query_analysis import analyze_question, content_words


def test_stop_words_are_no_content() -> None:
    assert [form for _, _, form in content_words("How many of the questions are in LabSafety Bench?")] == [
        "questions",
        "LabSafety",
        "Bench",
    ]


def test_rare_words_weigh_more_than_common_ones() -> None:
    question = analyze_question(
        "models of LabSafety",
        stems={"models": frozenset({"model"}), "LabSafety": frozenset({"labsafeti"})},
        frequency={"models": 80, "LabSafety": 1},
        passages=100,
    )
    weights = {question.text[word.start : word.end]: word.weight for word in question.words}
    assert weights["LabSafety"] > 3 * weights["models"] > 0


def test_talk_about_papers_is_no_content_unless_there_is_nothing_else() -> None:
    assert [form for _, _, form in content_words("Which papers discuss red teaming?")] == ["red", "teaming"]
    assert [form for _, _, form in content_words("Which papers are there?")] == ["papers"]


def test_a_question_for_papers_expects_no_name_in_a_passage() -> None:
    question = analyze_question(
        "Which papers discuss whales?", stems={"whales": frozenset({"whale"})}, frequency={}, passages=100
    )
    assert question.expects is None
