"""What decides an extractive answer, with the weights that ``benchmarks/calibrate.py`` writes."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from paperchat.answering.calibration import KernelModel
from paperchat.query.features import PAPER_FEATURES, PASSAGE_FEATURES, SENTENCE_FEATURES
from paperchat.query.linear import LinearModel

CALIBRATION_FILE = Path(__file__).parent.parent / "answering" / "calibration.json"
WITHOUT_READER_FILE = Path(__file__).parent.parent / "answering" / "calibration_without_reader.json"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibration:
    """What decides: which sentence answers, which paper is right, and whether there is an answer at all.

    ``answerable`` gives log-odds; below ``threshold`` (a probability) paperchat abstains.
    """

    sentence: LinearModel
    paper: LinearModel
    answerable: KernelModel
    threshold: float


def load_calibration(path: Path = CALIBRATION_FILE) -> Calibration:
    """The calibration that ships with the package; ``WITHOUT_READER_FILE`` has the one for alignment alone."""
    return read_calibration(json.loads(path.read_text(encoding="utf-8")))


def read_calibration(data: dict[str, Any]) -> Calibration:
    """From the weights of each model and the threshold, by name."""
    return Calibration(
        sentence=LinearModel.read(data["sentence"], SENTENCE_FEATURES),
        paper=LinearModel.read(data["paper"], PAPER_FEATURES),
        answerable=KernelModel.read(data["answerable"], PASSAGE_FEATURES),
        threshold=float(data["threshold"]),
    )
