"""Generation: a language model writes from quotes; each sentence is parsed, verified, and repaired once if it fails."""

from __future__ import annotations

import re
import threading
from collections.abc import Collection, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, groupby

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from paperchat.answering.prompts import DROP, SENTINEL, AnswerPrompts
from paperchat.answering.verification import Verification, Verifier, is_within
from paperchat.errors import ModelError
from paperchat.models.language_model import LanguageModel
from paperchat.text.facts import split_words
from paperchat.text.prompt_injection import find_injections
from paperchat.text.sentences import sentence_spans
from paperchat.text.tokens import count_tokens
from paperchat.types import Quote, StoredPaper


def number_quotes(quotes: Sequence[Quote]) -> dict[str, Quote]:
    """The quotes by number, from ``1`` on: best paper first, each paper's in the order of its text."""
    papers = list(dict.fromkeys(quote.passage.paper_id for quote in quotes))
    ordered = sorted(
        quotes,
        key=lambda quote: (
            papers.index(quote.passage.paper_id),
            quote.passage.basis,
            quote.passage.start + quote.start,
        ),
    )
    return {str(number): quote for number, quote in enumerate(ordered, start=1)}


_OPEN, _CLOSE = r"[\[【〔「]", r"[\]】〕」]"
_KEY = r"\d{1,3}"
_KEYS = rf"[\"'`#]?{_KEY}(?:[\"'`]?(?:\s*[,;/&–-]\s*|\s+and\s+|\s+)[\"'`#]?{_KEY})*[\"'`]?"
_MARK = re.compile(
    rf"\s*(?:{_OPEN}\s*(?:(?:quotes?|keys?|sources?|nos?\.?)\s*[:=]?\s*)?({_KEYS})\s*/?{_CLOSE}"
    rf"|[(<{{]\s*(?:quotes?|keys?|sources?)\s*[:=]?\s*({_KEYS})\s*/?[)>}}])",
    re.IGNORECASE,
)
"""Numbers in square brackets, or in any with a word that says what they are: "(2)" alone is a paper's own numbering."""
_EMPTY_MARK = re.compile(r"\s*\[[a-z][a-z ]{0,15}\]")  # "[n]", "[quote]", or a mark of another format
_NUMBERED_MARK = re.compile(r"\s*\[(\d+)\]")
_TAG = re.compile(r"</?(?:quotes?|answer|response|think)\b[^>]*>", re.IGNORECASE)
_IMAGE = re.compile(r"\s*!\[[^\]\n]*\](?:\([^)\n]*\)|\s?\[[^\]\n]*\])")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_LINK_TARGET = re.compile(r"\s*\[[^\]\n]+\]:\s*\S+")
_HTML = re.compile(r"(?:<!--.*?(?:-->|\Z)|</?[a-z][a-z\d]*(?:\s[^<>]*)?/?>)", re.IGNORECASE | re.DOTALL)
_SPACE_BEFORE_STOP = re.compile(r"[^\S\n]+(?=[.,;!?](?:\s|\Z))")
_UNFINISHED_MARKUP = re.compile(r"(?:!?\[[^\]\n]*(?:\]\([^)\n]*)?|<[!/a-z][^>]*)\Z", re.IGNORECASE)
_THOUGHT = re.compile(r"<think>.*?(?:</think>|\Z)", re.IGNORECASE | re.DOTALL)
_LIST_PREFIX = re.compile(r"^(?:[-*•#>]+\s+|\*+|\s+|\d+[.)]\s+|(?:answer|response)\s*:\s*)+", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][^\w]*\Z")
_MAX_MARK_LENGTH = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSentence:
    """A sentence as plain text, and the numbers of the quotes that it names, each once."""

    text: str
    keys: tuple[str, ...]


def parse_draft(text: str, keys: Collection[str], *, whole: bool = True) -> list[DraftSentence]:
    """The sentences of a draft, in order; of one that is still being written, only those that have ended.

    A mark is a number of ``keys`` in brackets. Marks of other numbers and markup go, with images and the addresses of
    links.
    """
    listed = [*keys]
    text = _THOUGHT.sub("", text)
    if not whole:
        text = _UNFINISHED_MARKUP.sub("", _drop_open_mark(text))
    text = _TAG.sub("", text)

    def numbered(match: re.Match[str]) -> str:
        named = dict.fromkeys(key for key in re.findall(_KEY, match[1] or match[2]) if key in keys)
        return "".join(f" [{listed.index(key)}]" for key in named)

    text = _EMPTY_MARK.sub("", _strip_markup(_MARK.sub(numbered, text)))
    spans = _sentence_spans_with_marks(text)
    sentences: list[DraftSentence] = []
    for start, end in spans if whole else spans[:-1]:
        sentence = text[start:end]
        marks = tuple(dict.fromkeys(listed[int(number)] for number in _NUMBERED_MARK.findall(sentence)))
        plain = _plain_text(_NUMBERED_MARK.sub("", sentence))
        if any(letter.isalnum() for letter in plain) and SENTINEL not in plain:
            sentences.append(DraftSentence(text=plain, keys=marks))
    if whole and len(sentences) > 1 and not sentences[-1].keys and not _SENTENCE_END.search(text):
        sentences.pop()  # cut off in the middle
    return sentences


def _strip_markup(text: str) -> str:
    """Without images, tags and comments, and with the words of links in their place."""
    text = _LINK_TARGET.sub("", _IMAGE.sub("", text))
    text = _HTML.sub(" ", _LINK.sub(lambda link: link[0 if link[1].isdecimal() else 1], text))
    return _SPACE_BEFORE_STOP.sub("", text)


def _sentence_spans_with_marks(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences, each with the marks that stand behind it."""
    spans: list[tuple[int, int]] = []
    for start, end in sentence_spans(text):
        if spans and not _NUMBERED_MARK.sub("", text[start:end]).strip():
            start = spans.pop()[0]
        spans.append((start, end))
    return spans


def is_declined(text: str) -> bool:
    """Whether the draft says that the quotes do not answer."""
    return SENTINEL in _THOUGHT.sub("", text)


def is_dropped(sentence: DraftSentence) -> bool:
    """Whether the model says that no quote supports the sentence it was to write anew."""
    return sentence.text.strip(" .").upper() == DROP


def _plain_text(sentence: str) -> str:
    shown = "".join(letter if letter.isprintable() else " " for letter in sentence)
    shown = _LIST_PREFIX.sub("", shown).replace("**", "").replace("__", "").replace("`", "")
    return " ".join(shown.split())


def _drop_open_mark(text: str) -> str:
    """Without a bracket at the end that is not closed yet."""
    begun = max(text.rfind(opening) for opening in "[({<【〔「")
    tail = text[begun:] if begun >= 0 else ""
    return text[:begun] if tail and len(tail) < _MAX_MARK_LENGTH and not re.search(_CLOSE, tail) else text


MAX_GENERATED_SENTENCES = 12
_MAX_DRAFT_LENGTH = 8000  # characters; what a model writes beyond is not read
_MAX_FRAGMENT_WORDS = 6
_NEAREST_QUOTES = 3  # how many quotes a sentence without a mark, or with a wrong one, is verified against


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedSentence:
    """A sentence as plain text with the quotes that back it, or, ``supported`` being false, come nearest to it.

    ``is_keyed`` says that the model named the quotes. ``is_quote`` is a quote itself, in place of a sentence that names
    it and that it does not back, or of a few words of it.
    """

    text: str
    quotes: tuple[Quote, ...]
    supported: bool
    problems: tuple[str, ...] = ()
    is_keyed: bool = False
    is_quote: bool = False


class AnswerGeneration:
    """One answer being written; ``is_declined`` and the tokens are known when its sentences have been read.

    Args:
        prompts: what the model is told; by default the prompts for an answer.
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
        prompts: AnswerPrompts | None = None,
    ) -> None:
        self._question = question
        self._prompts = prompts or AnswerPrompts.load()
        self._quotes_by_key = number_quotes(quotes)
        titles = {paper_id: stored.paper.title for paper_id, stored in papers.items()}
        self._titles = {paper_id: "" if find_injections(title) else title for paper_id, title in titles.items()}
        self._model = model
        self._verifier = verifier
        self._stopped = stopped
        self.declined = False
        self.input_tokens = 0
        self.output_tokens = 0

    def sentences(self) -> Generator[VerifiedSentence, None, None]:
        """The sentences in order, each as soon as it is certain: from the first that fails on, after the repair.

        Where no sentence at all is supported, none is given.

        Raises:
            ModelError: the model fails before its draft is complete.
        """
        messages = self._messages()
        draft = ""
        checked: list[VerifiedSentence] = []
        given = 0
        quoted: set[Quote] = set()
        for piece in self._reply(messages):
            draft += piece
            for sentence in parse_draft(draft, self._quotes_by_key, whole=False)[
                len(checked) : MAX_GENERATED_SENTENCES
            ]:
                checked.append(self._check(sentence))
                if all(one.supported for one in checked):
                    given += 1
                    yield from _unless_quoted(checked[-1:], quoted)
            if len(draft) > _MAX_DRAFT_LENGTH or len(checked) >= MAX_GENERATED_SENTENCES:
                break
        checked += [
            self._check(one) for one in parse_draft(draft, self._quotes_by_key)[len(checked) : MAX_GENERATED_SENTENCES]
        ]
        self.declined = is_declined(draft) and not any(one.supported for one in checked)
        if self.declined:
            return
        if any(not one.supported for one in checked):
            checked = list(self._repair(messages, draft, checked))
        if any(one.supported for one in checked):
            yield from _unless_quoted(_with_quotes(checked)[given:], quoted)

    def _messages(self) -> list[ChatMessage]:
        """One quote a line, each followed by its mark; under their titles where they are of several papers."""
        lines = []
        are_of_one = len({quote.passage.paper_id for quote in self._quotes_by_key.values()}) == 1
        for paper_id, group in groupby(self._quotes_by_key.items(), key=lambda item: item[1].passage.paper_id):
            lines += [] if are_of_one else [f"Paper: {_without_marks(self._titles[paper_id])}"]
            lines += [f"{_without_marks(quote.text)} [{key}]" for key, quote in group]
        quotes = "\n".join(lines)
        return [
            ChatMessage(role=MessageRole.SYSTEM, content=self._prompts.instructions.format(sentinel=SENTINEL)),
            ChatMessage(
                role=MessageRole.USER,
                content=self._prompts.question.format(quotes=quotes, question=_without_marks(self._question)),
            ),
        ]

    def _reply(self, messages: Sequence[ChatMessage]) -> Iterator[str]:
        self.input_tokens += sum(count_tokens(message.content or "") for message in messages)
        for piece in self._model.stream(messages, stopped=self._stopped):
            self.output_tokens += count_tokens(piece)
            yield piece

    def _check(self, sentence: DraftSentence) -> VerifiedSentence:
        """With the quotes it names, else with a near one, or two: a wrong mark is mended where other quotes fit.

        A few words of a quote ("3.49x") say nothing by themselves, not even what they are the value of: the quote does.
        """
        named = [self._quotes_by_key[key] for key in sentence.keys]
        if len(split_words(sentence.text)) <= _MAX_FRAGMENT_WORDS and self._verifier.stem(sentence.text):
            for quote in (*named, *self._quotes_by_key.values()):
                if is_within(sentence.text, quote.text):
                    return VerifiedSentence(text=quote.text, quotes=(quote,), supported=True, is_quote=True)
        problems: tuple[str, ...] = ()
        if named:
            verdict = self._verdict(sentence.text, named)
            if verdict.supported:
                return VerifiedSentence(text=sentence.text, quotes=tuple(named), supported=True)
            problems = verdict.problems
        everything = [*self._quotes_by_key.values()]
        near = self._verifier.similarities(sentence.text, [quote.text for quote in everything])
        nearest = sorted(range(len(everything)), key=lambda number: -near[number])[:_NEAREST_QUOTES]
        for numbers in [*((number,) for number in nearest), *combinations(sorted(nearest), 2)]:
            quotes = [everything[number] for number in numbers]
            verdict = self._verdict(sentence.text, quotes)
            if verdict.supported:
                return VerifiedSentence(text=sentence.text, quotes=tuple(quotes), supported=True)
            problems = problems or verdict.problems
        closest = min(named, key=lambda quote: -near[everything.index(quote)]) if named else everything[nearest[0]]
        return VerifiedSentence(
            text=sentence.text, quotes=(closest,), supported=False, problems=problems, is_keyed=bool(named)
        )

    def _verdict(self, sentence: str, quotes: Sequence[Quote]) -> Verification:
        titles = [self._titles[quote.passage.paper_id] for quote in quotes]
        return self._verifier.verify(sentence, [quote.text for quote in quotes], known=titles)

    def _repair(
        self, messages: Sequence[ChatMessage], draft: str, checked: Sequence[VerifiedSentence]
    ) -> Iterator[VerifiedSentence]:
        """The sentences with those that failed written anew by the model, once; a failing model changes nothing."""
        failing = [one for one in checked if not one.supported]
        listed = "\n".join(f"{n}. {one.text} ({'; '.join(one.problems)})" for n, one in enumerate(failing, start=1))
        asked = [
            *messages,
            ChatMessage(role=MessageRole.ASSISTANT, content=draft),
            ChatMessage(role=MessageRole.USER, content=self._prompts.repair.format(failing=listed, drop=DROP)),
        ]
        said = {one.text for one in checked if one.supported}
        in_turn = iter(self._rewrite(asked, len(failing)))
        for one in checked:
            written = next(in_turn, None) if not one.supported else None
            if written is None:
                yield one
            elif not is_dropped(written) and written.text not in said:
                again = self._check(written)
                yield again if again.supported else one

    def _rewrite(self, messages: Sequence[ChatMessage], count: int) -> list[DraftSentence]:
        """So many sentences of a reply; none where it has fewer, since then it is not clear which stand for which."""
        reply = ""
        try:
            for piece in self._reply(messages):
                reply += piece
                if len(parse_draft(reply, self._quotes_by_key, whole=False)) >= count or len(reply) > _MAX_DRAFT_LENGTH:
                    break
        except ModelError:
            return []
        written = parse_draft(reply, self._quotes_by_key)
        return written[:count] if len(written) >= count else []


def _unless_quoted(sentences: Sequence[VerifiedSentence], quoted: set[Quote]) -> Iterator[VerifiedSentence]:
    """The sentences without the quotes that are in ``quoted``, to which the others are added."""
    for one in sentences:
        if one.is_quote and one.quotes[0] in quoted:
            continue
        if one.is_quote:
            quoted.add(one.quotes[0])
        yield one


def _with_quotes(checked: Sequence[VerifiedSentence]) -> list[VerifiedSentence]:
    """The sentences with the quote in place of each that names it and that it does not back."""
    return [
        VerifiedSentence(text=one.quotes[0].text, quotes=one.quotes, supported=True, is_quote=True)
        if one.is_keyed and not one.supported
        else one
        for one in checked
    ]


def _without_marks(text: str) -> str:
    """Text on one line that can end no block and lend no mark: a paper's own references go."""
    return neutralize(" ".join(_MARK.sub("", text).split()))


def neutralize(text: str) -> str:
    """Text that can neither close the block it stands in, nor open another, nor lend the sentinel."""
    return text.replace("<", "‹").replace(">", "›").replace(SENTINEL, SENTINEL.replace("_", " "))
