"""The prompts of language models, one text file each, as LlamaIndex prompt templates.

What fills a template's variables is never read as a variable again.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from llama_index.core.prompts import BasePromptTemplate, PromptTemplate

from paperchat.errors import UsageError

SENTINEL = "NOT_IN_THE_QUOTES"
"""What a model writes when the quotes do not answer."""
DROP = "DROP"
"""What a model writes for a sentence that no quote supports."""


@cache
def load_prompt(name: str) -> PromptTemplate:
    """The prompt of this name."""
    return PromptTemplate(Path(__file__).with_name(f"{name}.txt").read_text(encoding="utf-8").strip())


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerPrompts:
    """The prompts that an answer, or a paragraph of a survey, is written with.

    Attributes:
        instructions: the system prompt, with ``sentinel``.
        question: the quotes and the question, with ``quotes`` and ``question``.
        repair: asks for failing sentences to be written anew, with ``failing`` and ``drop``.
    """

    instructions: BasePromptTemplate
    question: BasePromptTemplate
    repair: BasePromptTemplate

    @classmethod
    def load(cls, instructions: str = "answer") -> AnswerPrompts:
        """The prompts that ship with the package; ``instructions`` names the system prompt."""
        return cls(
            instructions=load_prompt(instructions),
            question=load_prompt("question"),
            repair=load_prompt("repair"),
        )

    def as_dict(self) -> dict[str, BasePromptTemplate]:
        """The prompts by the names that LlamaIndex's ``get_prompts`` and ``update_prompts`` use."""
        return {"instructions": self.instructions, "question": self.question, "repair": self.repair}

    def updated(self, prompts: dict[str, BasePromptTemplate]) -> AnswerPrompts:
        """With these prompts in place of those of the same names.

        Raises:
            UsageError: a name is unknown, or a prompt lacks a variable that the one it replaces has.
        """
        known = self.as_dict()
        for name, prompt in prompts.items():
            if name not in known:
                raise UsageError(f"unknown prompt {name!r}: the prompts are {', '.join(known)}")
            if missing := set(known[name].template_vars) - set(prompt.template_vars):
                raise UsageError(f"the prompt {name!r} lacks {', '.join(f'{{{one}}}' for one in sorted(missing))}")
        return replace(self, **prompts)
