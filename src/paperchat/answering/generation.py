"""A language model's answer: asked for with quotes, taken sentence by sentence, each one verified, repaired once."""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from paperchat.answering.prompts import DROP, SENTINEL, prompt
from paperchat.answering.verification import Verdict, Verifier
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.text.prompt_injection import suspicions
from paperchat.text.sentences import sentence_spans
from paperchat.text.tokens import count_tokens
from paperchat.types import Quote, StoredPaper

ALPHABET = "bcdfghjkmnpqrstvwxz"
"""No vowels, so that a key is no word, and no digits, so that it is no number."""
LENGTH = 4


def keyed(quotes: Sequence[Quote], *, question: str) -> dict[str, Quote]:
    """The quotes by key, in their order.

    A quote has the same key in every answer, so that a server's cache of prompts hits, unless the key occurs in
    the question or in a quote: then no paper can pass off its words as another's.
    """
    read = "\n".join([question, *(quote.passage.text for quote in quotes)]).casefold()
    found: dict[str, Quote] = {}
    for quote in quotes:
        attempt = 0
        while (key := _key(quote, attempt)) in found or key in read:
            attempt += 1
        found[key] = quote
    return found


def _key(quote: Quote, attempt: int) -> str:
    named = f"{quote.passage.passage_id}\n{quote.start}\n{quote.end}\n{attempt}"
    digest = hashlib.sha256(named.encode()).digest()
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in digest[:LENGTH])


_OPEN, _CLOSE = r"[\[({<【〔「]", r"[\])}>】〕」]"
_KEY = rf"[{ALPHABET}]{{{LENGTH}}}"
_MARK = re.compile(
    rf"\s*{_OPEN}\s*(?:quotes?|keys?|source)?\s*[:=]?\s*[\"'`]?({_KEY}(?:[\"'`]?(?:\s*[,;/&]\s*|\s+and\s+|\s+)[\"'`]?{_KEY})*)"
    rf"[\"'`]?\s*/?{_CLOSE}"
)
_FOREIGN = re.compile(r"\s*\[\d[\d,;\s–-]*\]")  # a paper's own reference, copied along
_OURS = re.compile(r"\s*\[(\d+)\]")
_TAG = re.compile(r"</?(?:quotes?|answer|response|think)\b[^>]*>", re.IGNORECASE)
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.IGNORECASE | re.DOTALL)
_BEFORE = re.compile(r"^(?:[-*•#>]+\s+|\*+|\s+|\d+[.)]\s+|(?:answer|response)\s*:\s*)+", re.IGNORECASE)
_ENDED = re.compile(r"[.!?…][^\w]*\Z")
_LONGEST_MARK = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafted:
    """A sentence as plain text, and the keys it names, each once."""

    text: str
    keys: tuple[str, ...]


def drafted(text: str, keys: Collection[str], *, whole: bool = True) -> list[Drafted]:
    """The sentences of a draft, in order; of one that is still being written, only those that have ended.

    A mark is a key of ``keys`` in any brackets. Marks of other keys, a paper's own references and markup go.
    """
    listed = [*keys]
    text = _THOUGHT.sub("", text)
    if not whole:
        text = _without_begun_mark(text)
    text = _FOREIGN.sub("", _TAG.sub("", text))

    def numbered(match: re.Match[str]) -> str:
        named = dict.fromkeys(key for key in re.findall(_KEY, match[1]) if key in keys)
        return "".join(f" [{listed.index(key)}]" for key in named)

    text = _MARK.sub(numbered, text)
    spans = _with_marks(text)
    found: list[Drafted] = []
    for start, end in spans if whole else spans[:-1]:
        sentence = text[start:end]
        marks = tuple(dict.fromkeys(listed[int(number)] for number in _OURS.findall(sentence)))
        plain = _plain(_OURS.sub("", sentence))
        if any(letter.isalnum() for letter in plain) and SENTINEL not in plain:
            found.append(Drafted(text=plain, keys=marks))
    if whole and len(found) > 1 and not found[-1].keys and not _ENDED.search(text):
        found.pop()  # cut off in the middle
    return found


def _with_marks(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences, each with the marks that stand behind it."""
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if spans and not _OURS.sub("", text[start:end]).strip():
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def declined(text: str) -> bool:
    """Whether the draft says that the quotes do not answer."""
    return SENTINEL in _THOUGHT.sub("", text)


def dropped(sentence: Drafted) -> bool:
    return sentence.text.strip(" .").upper() == DROP


def _plain(sentence: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in sentence)
    shown = _BEFORE.sub("", shown).replace("**", "").replace("__", "").replace("`", "")
    return " ".join(shown.split())


def _without_begun_mark(text: str) -> str:
    """Without a bracket at its end that has not been closed yet."""
    begun = max(text.rfind(opening) for opening in "[({<【〔「")
    tail = text[begun:] if begun >= 0 else ""
    return text[:begun] if tail and len(tail) < _LONGEST_MARK and not re.search(_CLOSE, tail) else text


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
