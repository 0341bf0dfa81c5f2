"""What a language model writes as events; marks are numbered in the order in which quotes are first cited."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence

from paperchat.answering.generation import AnswerGeneration, VerifiedSentence
from paperchat.answering.prompts import AnswerPrompts
from paperchat.answering.quote_markdown import UNSUPPORTED, escape_markdown
from paperchat.answering.verification import Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.types import (
    AnswerEvent,
    Citation,
    CitationStatus,
    EvidenceEvent,
    Quote,
    SentenceEvent,
    StoredPaper,
    TextEvent,
)


class GeneratedAnswer:
    """What a language model writes from quotes, as events; the attributes are complete when those have been read.

    Attributes:
        text: Markdown with marks; empty where nothing that the model wrote can be shown.
        note: what went wrong with the model, in a sentence; empty where nothing did.
        failure: the error that the model ended with; empty where it ended well.
        declined: the model says that the quotes do not answer.
    """

    def __init__(
        self,
        *,
        question: str,
        quotes: Sequence[Quote],
        papers: Mapping[str, StoredPaper],
        model: LanguageModel,
        verifier: Verifier,
        stopped: threading.Event | None = None,
        prompts: AnswerPrompts | None = None,
    ) -> None:
        self._papers = papers
        self._model = model
        self._generation = AnswerGeneration(
            question=question,
            quotes=quotes,
            papers=papers,
            model=model,
            verifier=verifier,
            stopped=stopped,
            prompts=prompts,
        )
        self._numbers: dict[tuple[Quote, CitationStatus], Citation] = {}
        self.text = ""
        self.note = ""
        self.failure = ""
        self.declined = False

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations made so far, by number."""
        return tuple(self._numbers.values())

    @property
    def usage(self) -> dict[str, int]:
        """Tokens of prompts and replies, counted by tiktoken."""
        return {
            "input_tokens": self._generation.input_tokens,
            "output_tokens": self._generation.output_tokens,
        }

    def events(self) -> Generator[AnswerEvent, None, None]:
        """The answer's events but for the last, each as soon as its sentence is certain."""
        sentences = self._generation.sentences()
        try:
            for checked in sentences:
                yield from self._sentence(checked)
        except ModelError as error:
            self.failure = str(error)
            shown = "the answer breaks off" if self.text else "this is the extractive answer"
            self.note = f"{error}; {shown}"
            return
        finally:
            sentences.close()
        self.declined = self._generation.declined
        if not self.text and not self.declined:
            self.note = f"the quotes support nothing of what {self._model.name} wrote: this is the extractive answer"

    def left_out(self, quotes: Iterable[Quote]) -> tuple[Quote, ...]:
        """Those of the quotes that nothing of what was written cites."""
        cited = {quote for quote, status in self._numbers if status != "unsupported"}
        return tuple(quote for quote in quotes if quote not in cited)

    def add_quotes(self, quotes: Iterable[Quote], *, named: bool = False) -> Iterator[AnswerEvent]:
        """The events of quotes that follow what was written, each on a line after its paper's title if ``named``."""
        for quote in quotes:
            if named:
                title = self._papers[quote.passage.paper_id].paper.title
                piece = f"\n\n**{escape_markdown(title)}**:"
                self.text += piece
                yield TextEvent(delta=piece)
            yield from self._sentence(
                VerifiedSentence(text=quote.text, quotes=(quote,), supported=True, is_keyed=True, is_quote=True)
            )

    def _sentence(self, checked: VerifiedSentence) -> Iterator[AnswerEvent]:
        status: CitationStatus = "quoted" if checked.is_quote else "supported" if checked.supported else "unsupported"
        if checked.is_quote and (checked.quotes[0], "supported") in self._numbers:
            status = "supported"
        new = [
            self._cite(quote, status) for quote in dict.fromkeys(checked.quotes) if (quote, status) not in self._numbers
        ]
        if new:
            yield EvidenceEvent(citations=tuple(new))
        cited = [self._numbers[quote, status] for quote in dict.fromkeys(checked.quotes)]
        text = escape_markdown(checked.text)
        marks = "".join(f" [{citation.number}]" for citation in cited)
        piece = (" " if self.text else "") + text + marks + ("" if checked.supported else f" {UNSUPPORTED}")
        self.text += piece
        yield TextEvent(delta=piece)
        yield SentenceEvent(text=text, citations=tuple(one.number for one in cited), status=status)

    def _cite(self, quote: Quote, status: CitationStatus) -> Citation:
        citation = Citation(
            number=len(self._numbers) + 1, quote=quote, paper=self._papers[quote.passage.paper_id], status=status
        )
        self._numbers[quote, status] = citation
        return citation
