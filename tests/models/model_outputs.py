"""What the embedded models give for a few texts, as stored in ``stored_outputs.json`` for all processors to agree with.

    python tests/models/model_outputs.py

writes the file anew, as is needed when a model's own file changes, and only on a processor whose 8-bit kernels are
exact by themselves.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from paperchat.models.cross_encoder import Reader, Window
from paperchat.models.minilm import MiniLM

STORED = Path(__file__).with_name("stored_outputs.json")

TEXTS = (
    "Attention.",
    "Retrieval lowers the rate of hallucinated answers.",
    "Coral reef monitoring by divers is slow and expensive. We present a drone that photographs coral reefs in shallow "
    "water.",
    "LabSafety Bench has 765 multiple-choice questions on safety in laboratories. We evaluated 19 language models on "
    "it. No model reached an accuracy above 70% in identifying hazards. Fine-tuning on the training set improved the "
    "smaller models.",
    "Bleaching of coral reefs has become an important problem in many regions. Reefs are surveyed by divers, who count "
    "what they see along a line, and by satellites, which see no deeper than a few metres. Neither hears anything. We "
    "place 42 microphones at six reefs of the Red Sea and of the Gulf of Aqaba for fourteen months, and train a "
    "network of 1.2 million weights on 9,000 hours of sound, in which 310 species of fish and shrimp were marked by "
    "hand. It tells a bleached reef from a sound one with an accuracy of 93%, three weeks before divers do. What it "
    "hears is the chorus at dusk, which grows thin when the shrimp leave. The maps that we draw from it still fail "
    "during storms and where ships pass, and a reef without shrimp cannot be judged at all. Data and code are public.",
)
READ = (
    ("Retrieval raises the rate of made-up answers.", Window(title="Retrieval", text=TEXTS[1])),
    ("Does retrieval help?", Window(title="Retrieval", text=TEXTS[1])),
    (
        "Divers are too slow to monitor reefs.",
        Window(title="Drones", text="Coral reef monitoring by divers is slow and expensive."),
    ),
    (
        "Drones can photograph deep reefs.",
        Window(title="Drones", text="We present a drone that photographs coral reefs in shallow water."),
    ),
    ("No model is safe.", Window(title="LabSafety Bench", text="No model reached an accuracy above 70%.")),
    ("Who evaluated models?", Window(title="LabSafety Bench", text="We evaluated 19 language models on it.")),
)


def vectors() -> NDArray[np.float32]:
    return MiniLM(threads=1).encode(TEXTS)


def probabilities() -> NDArray[np.float64]:
    """Of each window, that it answers; that it supports, contradicts, does neither; and each start of the answer."""
    reader = Reader(threads=1)
    rows = []
    for query, window in READ:
        (output,) = reader.read(query, [window])
        answers = 1 / (1 + np.exp(-output.answerable))
        rows.append(np.array([answers, *output.stance, *np.exp(output.starts)]))
    return np.concatenate(rows)


def _short(values: NDArray[np.floating[Any]]) -> object:
    return values.astype(np.float64).round(6).tolist()


if __name__ == "__main__":
    outputs = {"vectors": _short(vectors()), "probabilities": _short(probabilities())}
    STORED.write_text(json.dumps(outputs).replace("], [", "],\n[") + "\n", encoding="utf-8")
