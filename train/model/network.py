"""The reader: a MiniLM cross-encoder with heads for the answer span, answerability and stance."""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"
# mypy: disallow-subclassing-any=False, disallow-untyped-calls=False

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional
from transformers import BertModel

from train.model.attention import PLAIN, register
from train.model.batches import Batch

WIDTH = 384
ANSWERABLE_WEIGHT = 0.3  # share of a question's loss that the answerable head has


class Reader(nn.Module):
    """Returns logits: start and end at each token, [batch, tokens]; answerable, [batch]; stance, [batch, 3].

    The first token, as start or end, stands for "no answer here".
    """

    def __init__(self, weights: Path) -> None:
        super().__init__()
        register()
        self.transformer = BertModel.from_pretrained(
            weights,
            attn_implementation=PLAIN,
            add_pooling_layer=False,
            # Each example is seen once, so there is little overfitting, and dropout takes a third of the time.
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
        )
        self.span = nn.Linear(WIDTH, 2)
        self.judged = nn.Linear(2 * WIDTH, WIDTH)
        self.answerable = nn.Linear(WIDTH, 1)
        self.stance = nn.Linear(WIDTH, 3)
        self.dropout = nn.Dropout(0.1)

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        tokens = self.transformer(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        places = self.span(self.dropout(tokens))
        elsewhere = (token_type_ids == 0) | (attention_mask == 0)
        elsewhere = torch.cat([torch.zeros_like(elsewhere[:, :1]), elsewhere[:, 1:]], dim=1)
        places = places.masked_fill(elsewhere.unsqueeze(-1), -1e4)
        mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
        mean = (tokens * mask).sum(1) / mask.sum(1)
        judged = torch.tanh(self.judged(self.dropout(torch.cat([tokens[:, 0], mean], dim=1))))
        return places[..., 0], places[..., 1], self.answerable(judged).squeeze(-1), self.stance(judged)


def batch_loss(reader: Reader, batch: Batch) -> torch.Tensor:
    """The weighted mean loss of a batch."""
    start, end, answerable, stance = reader(batch.ids, batch.mask, batch.types)
    start, end, answerable, stance = start.float(), end.float(), answerable.float(), stance.float()
    places = _negative_log_likelihood(start, batch.starts)
    both = (places + _negative_log_likelihood(end, batch.ends)) / 2
    places = torch.where(batch.has_end, both, places)
    is_there = functional.binary_cross_entropy_with_logits(answerable, batch.answerable.float(), reduction="none")
    question = (1 - ANSWERABLE_WEIGHT) * places + ANSWERABLE_WEIGHT * is_there
    claim = torch.where(batch.is_claim, _negative_log_likelihood(stance, batch.stances), torch.zeros_like(places))
    each = torch.where(batch.is_question, question, claim) * batch.weights
    return each.sum() / batch.weights.sum()


def _negative_log_likelihood(logits: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """The negative log-probability of the accepted choices together; 0 where none is accepted."""
    among = logits.masked_fill(~right, -1e4)
    missed = torch.logsumexp(logits, dim=1) - torch.logsumexp(among, dim=1)
    return torch.where(right.any(dim=1), missed, torch.zeros_like(missed))
