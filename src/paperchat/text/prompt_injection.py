"""Text in papers that speaks to a machine rather than to a reader: found to be shown, never to be obeyed.

A flag removes nothing. A paper on such attacks may quote one, and is flagged as well.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ROUND = 60
"""So many characters of the text around a finding are shown."""
_MODEL = r"(?:ai|llm|language model|chat ?bot|assistant|chatgpt|gpt(?:-\w+)?|claude|gemini|model|reviewer|agent)s?"
_ORDERS = r"(?:instructions?|prompts?|directions?|guidelines?|rules|commands?|orders|directives?|context|messages?)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """``hints``: one of these must be in the text, in lower case, for the slow pattern to be tried."""

    told: str
    hints: tuple[str, ...]
    pattern: re.Pattern[str]


def _kind(told: str, hints: str, *patterns: str) -> _Kind:
    return _Kind(told=told, hints=tuple(hints.split("|")), pattern=re.compile("|".join(patterns), re.IGNORECASE))


_GAP = r"[^.!?\n]"
_KINDS = (
    _kind(
        "tells to ignore instructions",
        "ignor|disregard|forget|overrid|bypass|not follow|skip",
        rf"(?<!\bwe )(?<!they )\b(?:ignore|disregard|forget|override|bypass|not follow|skip)\b{_GAP}{{0,30}}"
        rf"\b(?:previous|prior|above|earlier|preceding|all|any|other|your|system|safety|initial)\b{_GAP}{{0,25}}"
        rf"\b{_ORDERS}\b",
        rf"\b(?:ignore|disregard|forget) the (?:previous |above )?{_ORDERS}\b",
    ),
    _kind(
        "gives new instructions",
        "instruct|your new|your real|your only|from now on|instead|prompt|rules|order|direct|message",
        rf"\b(?:new|updated|real|actual|hidden|secret|important)\s+{_ORDERS}\s*(?:for|to)?\s*(?:the |you|all )?"
        rf"(?:{_MODEL})?\s*:",
        r"\byour (?:new|real|only) (?:task|role|job|goal|instruction) is\b",
        r"\b(?:from now on|instead),? (?:you (?:are|will|must|should)|only|always|answer|reply|respond|say)\b",
    ),
    _kind(
        "asks for a good review",
        "review|score|rating|accept|evaluation|recommend|negative|weakness|flaws|limitations",
        rf"\b(?:give|write|provide|assign|output|recommend|return|submit)\b{_GAP}{{0,20}}\b(?:positive|favou?rable"
        rf"|glowing|highest|excellent)\b{_GAP}{{0,20}}\b(?:reviews?|score|rating|accept\w*|evaluation"
        r"|recommendation)\b",
        r"\b(?:do not|don't|never)\s+(?:mention|highlight|report|list)\s+(?:any\s+)?(?:negatives?|weakness\w*|flaws"
        r"|limitations)",
        rf"\b(?:must|should|please) recommend accept(?:ance|ing)\b{_GAP}{{0,20}}\b(?:this|paper|submission)\b",
    ),
    _kind(
        "speaks to a model",
        "attention|note|message|notice|instruct|dear|hello|hey|warning|if you are|as a|you are",
        rf"\b(?:attention|note|message|notice|instructions?|warning)\b[,:]?\s+(?:to |for )?(?:all |any |the )?{_MODEL}"
        r"\b\s*[:!]",
        rf"\b(?:dear|hello|hey) (?:all |any )?{_MODEL}\b\s*[:,!]",
        rf"\b(?:if you are|as) an? (?:{_MODEL})\b{_GAP}{{0,40}}\b(?:you (?:must|should|will)|then|please|say|reply"
        r"|print|output|include)\b",
        rf"\byou are (?:now )?(?:a|an|in|dan|no longer)\b{_GAP}{{0,40}}\b(?:{_MODEL}|mode|bound|restrict\w+)\b",
    ),
    _kind(
        "tells what to answer",
        "reply|respond|answer|say|print|output|write|repeat|begin|start|end",
        r"\b(?:reply|respond|answer|say|print|output|write|repeat)\s+(?:only|exactly|just|with (?:the )?(?:word|phrase)"
        rf"|the (?:word|phrase|following(?! questions?))|nothing but)\b{_GAP}{{0,15}}[\"'“‘:]",
        rf"\b(?:must|always|please) (?:reply|respond|answer|output|print|say|begin|end)\b{_GAP}{{0,30}}[\"'“‘:]",
        r"\b(?:begin|start|end) your (?:answer|reply|response|summary|output)\b",
    ),
    _kind(
        "asks for secrets",
        "prompt|instruction|key|password|credential|secret|history",
        rf"\b(?:reveal|print|show|repeat|leak|output|send|exfiltrate|tell me|disclose)\b{_GAP}{{0,30}}"
        rf"\b(?:your|the|hidden|system)\b{_GAP}{{0,15}}\b(?:system prompt|instructions|api[- ]keys?|passwords?"
        r"|credentials|secrets?|conversation history)\b",
    ),
    _kind(
        "has marks of roles",
        "<|[|#|system|assistant|human|developer",
        r"<\|?(?:im_start|im_end|system|assistant|user|endoftext|eot_id|start_header_id)\|?>",
        r"\[/?INST\]|<</?SYS>>|</?(?:system|instructions?|prompt|tool_call)>",
        r"(?:^|\s)###? ?(?:system|instruction|assistant|human|user)\b ?:?",
        r"(?:^|[.!?\n]\s*)(?:system|assistant|human|developer)\s?:\s",
    ),
    _kind(
        "wants something done",
        "tool|function|shell|command|code|](http|<script|<iframe|<img",
        rf"\b(?:call|use|invoke|run|execute)\b{_GAP}{{0,20}}\b(?:tool|function|shell|command|code)\b{_GAP}{{0,30}}"
        r"\b(?:rm -rf|curl|wget|sudo|delete|send|to send|to delete)\b",
        r"!\[[^\]\n]{0,80}\]\(https?://|<(?:script|iframe|img)\b",
    ),
    _kind("hides its words", " ", r"(?:\b\w[ .\-_]){15,}\w\b"),
)
_ENCODED = re.compile(r"(?<![\w+/])[A-Za-z0-9+/]{32,}={0,2}")
_LOOKALIKES = str.maketrans("аеорсухіѕԁɡοΑΕΟ", "aeopcyxisdgoAEO")


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspicion:
    """``kind`` says what the text does, ``excerpt`` is the place."""

    kind: str
    excerpt: str


def suspicions(text: str) -> list[Suspicion]:
    """What in the text speaks to a machine, one finding of each kind, in plain, look-alike or base64 letters."""
    found: dict[str, Suspicion] = {}
    for form in _forms(text):
        lowered = form.lower()
        for kind in _KINDS:
            if kind.told in found or not any(hint in lowered for hint in kind.hints):
                continue
            if match := kind.pattern.search(form):
                start = max(0, match.start() - _ROUND // 3)
                found[kind.told] = Suspicion(kind=kind.told, excerpt=form[start : match.end() + _ROUND].strip())
    return list(found.values())


def _forms(text: str) -> Iterator[str]:
    """The text, and what it says in disguise."""
    yield text
    plain = text.translate(_LOOKALIKES)
    if plain != text:
        yield plain
    for match in _ENCODED.finditer(text):
        try:
            decoded = base64.b64decode(match[0] + "=" * (-len(match[0]) % 4), validate=True).decode("ascii")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if decoded.isprintable():
            yield decoded
