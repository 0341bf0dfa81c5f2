"""The embedded stance model: a cross-encoder that judges what one sentence of a paper says of a claim.

It is the reader (`paperchat.models.cross_encoder`) trained further on claims and single sentences, by
``train/train_stance.py``, and described in ``assets/stance/README.md``.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from pathlib import Path

from tokenizers import Tokenizer

from paperchat.models.cross_encoder import StanceProbabilities, Window, encode_input
from paperchat.models.onnx import ASSETS, OnnxModel


class StanceReader:
    """Judges sentences for a claim; safe to share between threads.

    What it says of a sentence depends on that sentence and its title alone. The model is loaded at first use.

    Args:
        folder: the folder of ``graph.onnx`` and ``model.onnx``; the package's own by default.
        threads: the number of sentences to read at a time; by default one for each processor, up to 16.
    """

    def __init__(self, *, folder: Path = ASSETS / "stance", threads: int | None = None) -> None:
        tokenizer = ASSETS / "minilm" / "tokenizer.json"
        self._model = OnnxModel(name="stance model", folder=folder, tokenizer=tokenizer, threads=threads)

    def unload(self) -> None:
        """Free the model's memory; it is loaded again if it is used again."""
        self._model.unload()

    def read(self, claim: str, sentences: Sequence[Window]) -> list[StanceProbabilities]:
        """What each sentence says of the claim, in order; a title is a sentence without a title of its own.

        Raises:
            ModelError: the model's files are missing or damaged, or it cannot be run.
        """
        read = functools.partial(self._run, claim)
        return self._model.map(read, sentences, length=lambda sentence: len(sentence.text))

    def _run(self, claim: str, tokenizer: Tokenizer, sentence: Window) -> StanceProbabilities:
        encoded = encode_input(tokenizer, claim, title=sentence.title, text=sentence.text)
        (stance,) = self._model.run(("stance",), encoded.ids, encoded.types)
        return StanceProbabilities.from_logits(stance)
