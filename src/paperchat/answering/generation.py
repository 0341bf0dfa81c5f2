"""A language model's answer: asked for with quotes, taken sentence by sentence, each one verified, repaired once."""

from __future__ import annotations

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from paperchat.answering.prompts import DROP, SENTINEL, prompt
from paperchat.answering.verification import Verdict, Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.query.draft import Drafted, declined, drafted, dropped
from paperchat.query.keys import keyed
from paperchat.text.prompt_injection import suspicions
from paperchat.text.tokens import count_tokens
from paperchat.types import Quote, StoredPaper

MOST_SENTENCES = 12
_LONGEST_DRAFT = 8000  # characters; what a model writes beyond is not read
_TRIED = 3  # quotes that a sentence without a mark, or with a wrong one, is held against


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """A sentence as plain text with the quotes that back it, or, ``backed`` being false, come nearest to it."""

    text: str
    quotes: tuple[Quote, ...]
    backed: bool
    problems: tuple[str, ...] = ()


class Composition:
    """One answer being written; ``declined`` and the tokens are known when its sentences have been read.

    Args:
        instructions: the name of the prompt that says how to write.
        quotes: what the model is given.
        papers: by id, those of the quotes.
        stopped: when set, the model's work ends.
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
        instructions: str = "answer",
    ) -> None:
        self._question = question
        self._instructions = instructions
        # In an order that does not follow the question, so that what a server has cached is of use again.
        in_place = sorted(
            quotes, key=lambda quote: (quote.passage.paper_id, quote.passage.basis, quote.passage.start + quote.start)
        )
        self._keyed = keyed(in_place, question=question)
        titles = {paper_id: stored.paper.title for paper_id, stored in papers.items()}
        self._titles = {paper_id: "" if suspicions(title) else title for paper_id, title in titles.items()}
        self._model = model
        self._verifier = verifier
        self._stopped = stopped
        self.declined = False
        self.input_tokens = 0
        self.output_tokens = 0

    def sentences(self) -> Generator[Checked, None, None]:
        """The sentences in order, each as soon as it is certain: from the first that fails on, after the repair.

        Where no sentence at all is backed, none is given.

        Raises:
            ModelError: the model fails before its draft is complete.
        """
        messages = self._messages()
        draft = ""
        checked: list[Checked] = []
        given = 0
        for piece in self._reply(messages):
            draft += piece
            for sentence in drafted(draft, self._keyed, whole=False)[len(checked) : MOST_SENTENCES]:
                checked.append(self._check(sentence))
                if all(one.backed for one in checked):
                    given += 1
                    yield checked[-1]
            if len(draft) > _LONGEST_DRAFT or len(checked) >= MOST_SENTENCES:
                break
        checked += [self._check(one) for one in drafted(draft, self._keyed)[len(checked) : MOST_SENTENCES]]
        self.declined = declined(draft) and not any(one.backed for one in checked)
        if self.declined:
            return
        if any(not one.backed for one in checked):
            checked = list(self._repaired(messages, draft, checked))
        if any(one.backed for one in checked):
            yield from checked[given:]

    def _messages(self) -> list[ChatMessage]:
        lines = []
        for paper_id, group in groupby(self._keyed.items(), key=lambda item: item[1].passage.paper_id):
            lines.append(f"<paper>{inert(self._titles[paper_id])}")
            lines += [f"<quote>{inert(quote.text)} [{key}]</quote>" for key, quote in group]
            lines.append("</paper>")
        quotes = "\n".join(lines)
        return [
            ChatMessage(role=MessageRole.SYSTEM, content=prompt(self._instructions, sentinel=SENTINEL)),
            ChatMessage(
                role=MessageRole.USER, content=prompt("question", quotes=quotes, question=inert(self._question))
            ),
        ]

    def _reply(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        self.input_tokens += sum(count_tokens(message.content or "") for message in messages)
        for piece in self._model.stream(messages, stopped=self._stopped):
            self.output_tokens += count_tokens(piece)
            yield piece

    def _check(self, sentence: Drafted) -> Checked:
        """With the quotes it names, else with the nearest ones: a wrong mark is mended where another quote fits."""
        named = [self._keyed[key] for key in sentence.keys]
        problems: tuple[str, ...] = ()
        if named:
            verdict = self._verdict(sentence.text, named)
            if verdict.backed:
                return Checked(text=sentence.text, quotes=tuple(named), backed=True)
            problems = verdict.problems
        everything = [*self._keyed.values()]
        near = self._verifier.similarities(sentence.text, [quote.text for quote in everything])
        nearest = sorted(range(len(everything)), key=lambda number: -near[number])[:_TRIED]
        for number in nearest:
            verdict = self._verdict(sentence.text, [everything[number]])
            if verdict.backed:
                return Checked(text=sentence.text, quotes=(everything[number],), backed=True)
            problems = problems or verdict.problems
        return Checked(
            text=sentence.text, quotes=tuple(named) or (everything[nearest[0]],), backed=False, problems=problems
        )

    def _verdict(self, sentence: str, quotes: Sequence[Quote]) -> Verdict:
        titles = " ".join(self._titles[quote.passage.paper_id] for quote in quotes)
        return self._verifier.verify(sentence, [quote.text for quote in quotes], known=titles)

    def _repaired(self, messages: Sequence[ChatMessage], draft: str, checked: Sequence[Checked]) -> Iterator[Checked]:
        """The sentences with those that failed written anew by the model, once; a failing model changes nothing."""
        failing = [one for one in checked if not one.backed]
        listed = "\n".join(f"{n}. {one.text} ({'; '.join(one.problems)})" for n, one in enumerate(failing, start=1))
        asked = [
            *messages,
            ChatMessage(role=MessageRole.ASSISTANT, content=draft),
            ChatMessage(role=MessageRole.USER, content=prompt("repair", failing=listed, drop=DROP)),
        ]
        said = {one.text for one in checked if one.backed}
        in_turn = iter(self._anew(asked, len(failing)))
        for one in checked:
            written = next(in_turn, None) if not one.backed else None
            if written is None:
                yield one
            elif not dropped(written) and written.text not in said:
                again = self._check(written)
                yield again if again.backed else one

    def _anew(self, messages: Sequence[ChatMessage], count: int) -> list[Drafted]:
        """So many sentences of a reply; none where it has fewer, since then it is not clear which stand for which."""
        reply = ""
        try:
            for piece in self._reply(messages):
                reply += piece
                if len(drafted(reply, self._keyed, whole=False)) >= count or len(reply) > _LONGEST_DRAFT:
                    break
        except ModelError:
            return []
        written = drafted(reply, self._keyed)
        return written[:count] if len(written) >= count else []


def inert(text: str) -> str:
    """Text that can neither close the block it stands in, nor open another, nor lend the sentinel."""
    return text.replace("<", "‹").replace(">", "›").replace(SENTINEL, SENTINEL.replace("_", " "))
