"""Ten surveys as files, each checked for what a survey promises.

    python -m benchmarks.survey_checks --home LIBRARY [--out DIRECTORY] [--topics FILE] [--papers 60]

Prints a line of JSON for each topic and one for all: how many citations are exact, lines of the text without a quote,
quotes that are not whole sentences, and cells of the comparison that are not in their paper. FILE has a topic a line;
by default the topics are ``TOPICS``. A survey is written to DIRECTORY as ``paperchat survey TOPIC --out FILE.md``
writes it, but without the sources at its end, whose quotes are in the text and in the comparison.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter
from pathlib import Path

from paperchat.answering.quote_markdown import escape_markdown
from paperchat.assistant import PaperChat
from paperchat.render.markdown import survey_as_markdown
from paperchat.survey.sections.disagreements import NONE_FOUND
from paperchat.survey.surveyor import coverage_summary
from paperchat.survey.types import Survey
from paperchat.text.sentences import sentence_spans

TOPICS = (
    "safety of vision-language models",
    "speculative decoding",
    "3D Gaussian splatting",
    "retrieval-augmented generation",
    "video generation with diffusion models",
    "reinforcement learning for reasoning",
    "agents that write code",
    "medical imaging",
    "text-to-speech synthesis",
    "mechanistic interpretability",
)
_MARK = re.compile(r"(?<!\\)\[(\d+)(?<!\\)\]")
_NO_SENTENCE = re.compile(r"\*\*.+\*\*:?|- \*\*.+\*\*(?: \(.+\))?(?:: see \[\d+\]|, since [^:]+\.)")
"""A label, a paper that is quoted elsewhere on the page, or a recommended paper with a counted reason."""


def check_survey(chat: PaperChat, survey: Survey) -> Counter[str]:
    """Counts, with failed checks under names that begin with ``not``."""
    found: Counter[str] = Counter(surveys=1, papers=survey.coverage.read, citations=len(survey.citations))
    texts = [survey.summary, *(section.text for section in survey.sections)]
    marked = {int(number) for text in texts for number in _MARK.findall(text)}
    passages = {
        one.passage_id: one.text
        for paper_id in {one.paper.paper_id for one in survey.citations}
        for one in chat.paper(paper_id)[1]
    }
    for citation in survey.citations:
        quote = citation.quote
        text = passages.get(quote.passage.passage_id, "")
        found["not exact"] += not quote.text or text[quote.start : quote.end] != quote.text
        if citation.number in marked:
            found["sentences"] += 1
            found["not whole sentences"] += (quote.start, quote.end) not in sentence_spans(text)
    quoted = {one.number: f"{escape_markdown(one.quote.text)} [{one.number}]" for one in survey.citations}
    computed = {coverage_summary(survey.coverage, len(survey.themes)), NONE_FOUND}
    for line in (line for text in texts for line in text.splitlines() if line and line not in computed):
        numbers = [int(number) for number in _MARK.findall(line)]
        if not any(line.endswith(quoted[number]) for number in numbers[-1:]):
            found["not cited"] += not _NO_SENTENCE.fullmatch(line)
    for row in survey.table:
        for cell in row.cells.values():
            found["cells"] += 1
            of_paper = [one.text for one in chat.paper(row.paper.paper_id)[1]]
            found["not in its paper"] += not any(cell.quote.text in text for text in of_paper)
    return found


def file_name(topic: str) -> str:
    return re.sub(r"\W+", "-", topic.lower()).strip("-") + ".md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--topics", type=Path)
    parser.add_argument("--papers", type=int, default=60)
    options = parser.parse_args()
    topics = options.topics.read_text(encoding="utf-8").splitlines() if options.topics else TOPICS
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    total: Counter[str] = Counter()
    with PaperChat.open(options.home) as chat:
        for topic in topics:
            survey = chat.survey(topic, most=options.papers)
            found = check_survey(chat, survey)
            total.update(found)
            print(json.dumps({"topic": topic, **found}), flush=True)
            if options.out:
                text = survey_as_markdown(survey).split("\n## Sources\n")[0]
                (options.out / file_name(topic)).write_text(f"{text.rstrip()}\n", encoding="utf-8")
    print(json.dumps({"topic": "all", **total}))


if __name__ == "__main__":
    main()
