"""Detects suspected prompt injections in the text of papers, by pattern.

A flag removes nothing: it is shown to the reader, and flagged text is kept from language models. A paper about such
attacks that quotes one is flagged as well.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_EXCERPT_CONTEXT = 60  # characters shown after a match; a third of that before it
_MODEL = r"(?:ai|llm|language model|chat ?bot|assistant|chatgpt|gpt(?:-\w+)?|claude|gemini|model|reviewer|agent)s?"
_ORDERS = r"(?:instructions?|prompts?|directions?|guidelines?|rules|commands?|orders|directives?|context|messages?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """``hints``: one of these must occur in the lower-cased text before the slow ``pattern`` is tried."""

    kind: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _rule(kind: str, hints: str, *patterns: str) -> _Rule:
    return _Rule(kind=kind, hints=tuple(hints.split("|")), pattern=re.compile("|".join(patterns), re.IGNORECASE))


_GAP = r"[^.!?\n]"
_RULES = (
    _rule(
        "says to ignore instructions",
        "ignor|disregard|forget|overrid|bypass|not follow|skip",
        rf"(?<!\bwe )(?<!they )\b(?:ignore|disregard|forget|override|bypass|not follow|skip)\b{_GAP}{{0,30}}"
        rf"\b(?:previous|prior|above|earlier|preceding|all|any|other|your|system|safety|initial)\b{_GAP}{{0,25}}"
        rf"\b{_ORDERS}\b",
        rf"\b(?:ignore|disregard|forget) the (?:previous |above )?{_ORDERS}\b",
    ),
    _rule(
        "gives new instructions",
        "instruct|your new|your real|your only|from now on|instead|prompt|rules|order|direct|message",
        rf"\b(?:new|updated|real|actual|hidden|secret|important)\s+{_ORDERS}\s*(?:for|to)?\s*(?:the |you|all )?"
        rf"(?:{_MODEL})?\s*:",
        r"\byour (?:new|real|only) (?:task|role|job|goal|instruction) is\b",
        r"\b(?:from now on|instead),? (?:you (?:are|will|must|should)|only|always|answer|reply|respond|say)\b",
    ),
    _rule(
        "asks for a good review",
        "review|score|rating|accept|evaluation|recommend|negative|weakness|flaws|limitations",
        rf"\b(?:give|write|provide|assign|output|recommend|return|submit)\b{_GAP}{{0,20}}\b(?:positive|favou?rable"
        rf"|glowing|highest|excellent)\b{_GAP}{{0,20}}\b(?:reviews?|score|rating|accept\w*|evaluation"
        r"|recommendation)\b",
        r"\b(?:do not|don't|never)\s+(?:mention|highlight|report|list)\s+(?:any\s+)?(?:negatives?|weakness\w*|flaws"
        r"|limitations)",
        rf"\b(?:must|should|please) recommend accept(?:ance|ing)\b{_GAP}{{0,20}}\b(?:this|paper|submission)\b",
    ),
    _rule(
        "addresses a model",
        "attention|note|message|notice|instruct|dear|hello|hey|warning|if you are|as a|you are",
        rf"\b(?:attention|note|message|notice|instructions?|warning)\b[,:]?\s+(?:to |for )?(?:all |any |the )?{_MODEL}"
        r"\b\s*[:!]",
        rf"\b(?:dear|hello|hey) (?:all |any )?{_MODEL}\b\s*[:,!]",
        rf"\b(?:if you are|as) an? (?:{_MODEL})\b{_GAP}{{0,40}}\b(?:you (?:must|should|will)|then|please|say|reply"
        r"|print|output|include)\b",
        rf"\byou are (?:now )?(?:a|an|in|dan|no longer)\b{_GAP}{{0,40}}\b(?:{_MODEL}|mode|bound|restrict\w+)\b",
    ),
    _rule(
        "dictates the answer",
        "reply|respond|answer|say|print|output|write|repeat|begin|start|end",
        r"\b(?:reply|respond|answer|say|print|output|write|repeat)\s+(?:only|exactly|just|with (?:the )?(?:word|phrase)"
        rf"|the (?:word|phrase|following(?! questions?))|nothing but)\b{_GAP}{{0,15}}[\"'“‘:]",
        rf"\b(?:must|always|please) (?:reply|respond|answer|output|print|say|begin|end)\b{_GAP}{{0,30}}[\"'“‘:]",
        r"\b(?:begin|start|end) your (?:answer|reply|response|summary|output)\b",
    ),
    _rule(
        "asks for secrets",
        "prompt|instruction|key|password|credential|secret|history",
        rf"\b(?:reveal|print|show|repeat|leak|output|send|exfiltrate|tell me|disclose)\b{_GAP}{{0,30}}"
        rf"\b(?:your|the|hidden|system)\b{_GAP}{{0,15}}\b(?:system prompt|instructions|api[- ]keys?|passwords?"
        r"|credentials|secrets?|conversation history)\b",
    ),
    _rule(
        "contains chat role markers",
        "<|[|#|system|assistant|human|developer",
        r"<\|?(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id)\|?>",
        r"\[/?INST\]|<</?SYS>>|</?(?:system|instructions?|prompt|tool_call)>",
        r"(?:^|\s)###? ?(?:system|instruction|assistant|human|user)\b ?:?",
        r"(?:^|[.!?\n]\s*)(?:system|assistant|human|developer)\s?:\s",
    ),
    _rule(
        "asks for an action",
        "tool|function|shell|command|code|](http|<script|<iframe|<img",
        rf"\b(?:call|use|invoke|run|execute)\b{_GAP}{{0,20}}\b(?:tool|function|shell|command|code)\b{_GAP}{{0,30}}"
        r"\b(?:rm -rf|curl|wget|sudo|delete|send|to send|to delete)\b",
        r"!\[[^\]\n]{0,80}\]\(https?://|<(?:script|iframe|img)\b",
    ),
    _rule("hides its words", " ", r"(?:\b\w[ .\-_]){15,}\w\b"),
)
_BASE64_PATTERN = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{32,}={0,2}")
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡοΑΕΟ", "aeopcyxisdgoAEO")


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFlag:
    """A suspected prompt injection: ``kind`` says what the text does, ``excerpt`` is the matched text in context."""

    kind: str
    excerpt: str


def find_injections(text: str) -> list[InjectionFlag]:
    """Find suspected prompt injections, at most one of each kind, in plain, look-alike or base64 characters."""
    flags: dict[str, InjectionFlag] = {}
    for variant in _decoded_variants(text):
        lowered = variant.lower()
        for rule in _RULES:
            if rule.kind in flags or not any(hint in lowered for hint in rule.hints):
                continue
            if match := rule.pattern.search(variant):
                start = max(0, match.start() - _EXCERPT_CONTEXT // 3)
                excerpt = variant[start : match.end() + _EXCERPT_CONTEXT].strip()
                flags[rule.kind] = InjectionFlag(kind=rule.kind, excerpt=excerpt)
    return list(flags.values())


def _decoded_variants(text: str) -> Iterator[str]:
    """The text itself, then what it says once look-alike letters and base64 are decoded."""
    yield text
    plain = text.translate(_LOOKALIKES)
    if plain != text:
        yield plain
    for match in _BASE64_PATTERN.finditer(text):
        try:
            decoded = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if decoded.isprintable():
            yield decoded
