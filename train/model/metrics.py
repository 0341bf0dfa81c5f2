"""Metrics of a reader on held-out examples, by their source."""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import torch
from sklearn.metrics import f1_score, roc_auc_score
from tokenizers import Tokenizer

from train.data.examples import Example
from train.model.batches import Batch, make_batches
from train.model.network import Reader


def metrics_by_source(reader: Reader, tokenizer: Tokenizer, of: Sequence[Example]) -> dict[str, dict[str, float]]:
    """By source: share of answers whose start is found, area under the ROC curve of answerability, and macro-F1 of the
    stance, each where the source has such examples.
    """
    kinds: dict[str, list[Example]] = defaultdict(list)
    for example in of:
        name = example.source.split("/")[0]
        kinds[f"{name} {'claims' if example.task == 'stance' else 'questions'}"].append(example)
    kinds["all questions"] = [example for example in of if example.task != "stance"]
    kinds["all claims"] = [example for example in of if example.task == "stance"]
    return {name: _metrics(reader, tokenizer, several) for name, several in sorted(kinds.items())}


def _metrics(reader: Reader, tokenizer: Tokenizer, of: Sequence[Example]) -> dict[str, float]:
    started, there, sure, said, right = [], [], [], [], []
    for _, batch in make_batches(of, tokenizer, seed=0, epoch=0, pieces=8192):
        start, answerable, stance = _run(reader, batch)
        best = start[:, 1:].argmax(1) + 1
        has = batch.answerable & batch.is_question
        started += batch.starts[torch.arange(len(best)), best][has].tolist()
        there += batch.answerable[batch.is_question].tolist()
        sure += answerable[batch.is_question].tolist()
        one = batch.is_claim & (batch.stances.sum(1) == 1)
        said += stance.argmax(1)[one].tolist()
        right += batch.stances.int().argmax(1)[one].tolist()
    found = {"examples": float(len(of))}
    if started:
        found["start_found"] = round(float(np.mean(started)), 3)
    if len(set(there)) == 2:
        found["answerable_auc"] = round(float(roc_auc_score(there, sure)), 3)
    if right:
        found["stance_macro_f1"] = round(float(f1_score(right, said, average="macro", labels=sorted(set(right)))), 3)
    return found


def _run(reader: Reader, batch: Batch) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        start, _, answerable, stance = reader(batch.ids, batch.mask, batch.types)
    return start.float(), answerable.float(), stance.float()
