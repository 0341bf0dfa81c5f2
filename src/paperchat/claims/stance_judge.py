"""Asks a language model what single sentences say of a claim, where the embedded stance model leaves it open."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from paperchat.answering.generation import neutralize
from paperchat.answering.prompts import load_prompt
from paperchat.models.cross_encoder import Stance
from paperchat.models.language_model import LanguageModel
from paperchat.text.prompt_injection import find_injections, is_plain_statement
from paperchat.types import Quote

_CALLS_AT_A_TIME = 4
_MAX_REPLY_LENGTH = 200  # characters
_LETTER_PATTERN = re.compile(r"^\W*(?P<letter>[ABC])(?:\W*$|[:.)\n])")
_OPTIONS: dict[Stance, str] = {
    "support": "the sentence says that the claim is true",
    "contradict": "the sentence says that the claim is false",
}
_ORDERS: tuple[tuple[Stance, Stance], ...] = (("support", "contradict"), ("contradict", "support"))


class StanceJudge:
    """Judges sentences with a language model; safe to share between threads.

    Each is judged alone, twice, with the two options in either order: what differs between the two counts as neither.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def judge(self, claim: str, sentences: Sequence[tuple[str, Quote]], *, stopped: threading.Event) -> list[Stance]:
        """What each sentence, given with its paper's title, says of the claim.

        A sentence that may be an injection is not sent, and neither is a title that may be one.

        Raises:
            ModelError: the model fails.
        """
        with ThreadPoolExecutor(_CALLS_AT_A_TIME, "stance-judge") as pool:
            return [*pool.map(lambda one: self._judge(claim, one[0], one[1], stopped), sentences)]

    def _judge(self, claim: str, title: str, quote: Quote, stopped: threading.Event) -> Stance:
        if quote.end > quote.passage.trusted_end or not _is_harmless(quote.text, quote.passage.text):
            return "neither"
        known = title if _is_harmless(title, title) else ""
        said = {self._ask(claim, known, quote.text, order, stopped) for order in _ORDERS}
        return said.pop() if len(said) == 1 else "neither"

    def _ask(
        self, claim: str, title: str, sentence: str, order: tuple[Stance, Stance], stopped: threading.Event
    ) -> Stance:
        first, second = order
        request = load_prompt("claim_stance").format(
            first=_OPTIONS[first],
            second=_OPTIONS[second],
            claim=neutralize(claim),
            title=neutralize(title),
            sentence=neutralize(sentence),
        )
        reply = ""
        for piece in self._model.reply(request, stopped=stopped):
            reply += piece
            if len(reply) > _MAX_REPLY_LENGTH:
                break
        letter = _LETTER_PATTERN.search(reply)
        options: dict[str, Stance] = {"A": first, "B": second}
        return options.get(letter["letter"], "neither") if letter else "neither"


def _is_harmless(text: str, context: str) -> bool:
    return not find_injections(text) and is_plain_statement(text, context=context)
