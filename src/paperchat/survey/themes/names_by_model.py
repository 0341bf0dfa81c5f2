"""Names of themes that a language model proposes; a name is taken only where the papers' own words make it up."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from llama_index.core.base.llms.types import ChatMessage, MessageRole

from paperchat.answering.generation import inert
from paperchat.answering.prompts import prompt
from paperchat.models.language_model import LanguageModel
from paperchat.survey.types import Theme
from paperchat.text.prompt_injection import suspicions
from paperchat.types import Paper

_TITLES = 6
_MOST_WORDS = 6
_LONGEST_REPLY = 2000  # characters
_LINE = re.compile(r"^\W*(\d{1,2})\s*[.):]\s*(.+?)\s*$", re.MULTILINE)
_PLAIN = re.compile(r"[^\W_][\w ,/’'+()-]{2,58}[\w)]")


def renamed(
    themes: Sequence[Theme],
    papers: Mapping[str, Paper],
    *,
    topic: str,
    model: LanguageModel,
    stem: Callable[[str], list[str]],
    stopped: threading.Event,
) -> tuple[Theme, ...]:
    """The themes with the model's names, where those are plain, short, and of words that their papers have.

    Raises:
        ModelError: the model fails.
    """
    titles = [
        [title for paper_id in theme.papers[:_TITLES] if not suspicions(title := papers[paper_id].title)]
        for theme in themes
    ]
    groups = "\n".join(
        "\n".join([f"Group {number}:", *(f"- {inert(title)}" for title in of)])
        for number, of in enumerate(titles, start=1)
    )
    asked = prompt("survey_names", topic=inert(topic), groups=groups)
    proposed = _proposed(_reply(model, asked, stopped))
    found: list[Theme] = []
    for number, theme in enumerate(themes, start=1):
        name = proposed.get(number, "")
        texts = [f"{papers[one].title} {papers[one].abstract}" for one in theme.papers]
        own = set(stem(" ".join([topic, *texts])))
        taken = {one.name.casefold() for one in (*found, *themes[number:])}
        fits = _PLAIN.fullmatch(name) and len(name.split()) <= _MOST_WORDS and name.casefold() not in taken
        found.append(replace(theme, name=name) if fits and stem(name) and set(stem(name)) <= own else theme)
    return tuple(found)


def _reply(model: LanguageModel, asked: str, stopped: threading.Event) -> str:
    reply = ""
    for piece in model.stream([ChatMessage(role=MessageRole.USER, content=asked)], stopped=stopped):
        reply += piece
        if len(reply) > _LONGEST_REPLY:
            break
    return reply[:_LONGEST_REPLY]


def _proposed(reply: str) -> dict[int, str]:
    """The first name for each number."""
    found: dict[int, str] = {}
    for number, name in _LINE.findall(reply):
        found.setdefault(int(number), name.replace("*", "").strip(" \"'“”.`"))
    return found
