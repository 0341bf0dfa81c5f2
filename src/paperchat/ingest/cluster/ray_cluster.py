"""The connection to a Ray cluster, and the stages that Ray Data runs on it. Only this module imports Ray."""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import shutil
import socket
import sys
import tempfile
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from paperchat import __version__
from paperchat.errors import ClusterError, PaperchatError, UsageError
from paperchat.ingest.cluster.portion_worker import PortionWorker, PreparedPortion, TryCounter, WorkerEmbedder
from paperchat.ingest.cluster.portions import Portion, split, windows
from paperchat.ingest.items import Item, Outcome
from paperchat.ingest.pdf_workers import PdfParserPool, pdf_outcomes
from paperchat.ingest.prepared_passages import PreparedPassages
from paperchat.ingest.seen_files import SeenFiles
from paperchat.storage.library import Library
from paperchat.text.cleaning import shorten

if TYPE_CHECKING:
    from paperchat.settings import Settings

logger = logging.getLogger(__name__)

MOST_WORKERS = 12
"""Workers by default: with the embedded model, the process that writes keeps up with about so many."""
_INSTALL = "--ray needs Ray Data, which is not installed: pip install 'paperchat[ray]'"
_REACH_SECONDS, _LOST_SECONDS, _CHECK_SECONDS = 5.0, 30.0, 60.0
_MOST_LOST = 20  # workers that die in a row before they have loaded the model
_MAX_REASON = 200  # characters
# Ray reads these when it is imported and when it starts a cluster. Nothing is reported to its makers, and no line of
# its own is written to the terminal. A cluster of this process is on loopback alone, where Ray would listen on all
# networks, for those who have its token, and its workers get as much of a busy machine as this process does. What
# listens at an address and is no cluster is given up after a minute, not after five.
_NO_REPORTS = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_BACKEND_LOG_LEVEL": "fatal"}
_OWN_CLUSTER = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_worker_niceness": "0",
}
_IMPATIENT = {"RAY_NUM_REDIS_GET_RETRIES": "1", "RAY_gcs_rpc_server_connect_timeout_s": "5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RayCluster:
    """A cluster that is connected; see `connect`."""

    embedder: WorkerEmbedder
    workers: int

    def outcomes(
        self,
        items: Iterable[Item],
        *,
        library: Library,
        seen_files: SeenFiles,
        pool: PdfParserPool,
        prepared: PreparedPassages,
    ) -> Generator[Outcome, None, None]:
        """The outcomes of what sources yield, in order; their passages and vectors are added to ``prepared`` before.

        What ends its workers again and again is left to this process, as without a cluster.

        Raises:
            ClusterError: the cluster is gone, or its workers cannot do their work.
        """
        for window in windows(split(items, library=library, seen_files=seen_files)):
            with closing(self._results(window)) as results:
                for portion in window:
                    result = next(results) if portion.work else None
                    if result and result.is_done:
                        prepared.add(result.passages, result.digests, result.vectors)
                        yield from result.outcomes
                    elif portion.work and portion.work.pdf:
                        logger.warning("%s ended its workers and is parsed here", portion.work.pdf.where)
                        ((_, parsed),) = pool.map([portion.work.pdf.path])
                        yield from pdf_outcomes(portion.work.pdf, parsed)
                    yield from portion.outcomes

    def _results(self, window: Sequence[Portion]) -> Generator[PreparedPortion, None, None]:
        """The results of the portions that have work, in order."""
        works = [portion.work for portion in window if portion.work]
        if not works:
            return
        import ray
        from ray.data import ActorPoolStrategy

        rows = [{"number": number, "work": pickle.dumps(work)} for number, work in enumerate(works)]
        with _ray_errors(), ExitStack() as stack:
            counter: Any = ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=-1)(TryCounter).remote()
            stack.callback(ray.kill, counter)
            with _data_context():
                dataset = ray.data.from_items(rows, override_num_blocks=len(rows)).map_batches(
                    PortionWorker,
                    batch_size=1,
                    batch_format="numpy",
                    compute=ActorPoolStrategy(size=min(self.workers, len(rows))),
                    num_cpus=1,
                    fn_constructor_args=(self.embedder, _begin_with(counter)),
                )
            del rows
            batches: Any = iter(dataset.iter_batches(batch_size=None, batch_format="numpy"))
            stack.callback(batches.close)
            for batch in batches:
                for pickled in batch["result"]:
                    result = pickle.loads(pickled)
                    if result.error:
                        raise ClusterError(f"a worker of the Ray cluster cannot embed: {result.error}")
                    yield result


@contextmanager
def connect(
    address: str,
    *,
    settings: Settings,
    workers: int | None = None,
    lost: Callable[[ClusterError], None] | None = None,
) -> Iterator[RayCluster]:
    """Connect to the cluster at ``address``: ``HOST:PORT``, ``auto`` for one that runs on this machine, ``local``.

    With ``local``, one is started on this machine that ends with the block; it listens on loopback alone unless Ray was
    imported before. ``workers`` limits how many processors are used.
    ``lost`` is called, on a thread, when the cluster's head is gone: Ray ends this process soon after.

    Raises:
        UsageError: Ray is not installed, or the address is not one.
        ClusterError: there is no cluster, it cannot be reached, or it has other versions of Ray, Python or paperchat.
    """
    with ExitStack() as stack:
        if address == "auto":
            address = os.environ.get("RAY_ADDRESS") or address
        host, port = _parse(address)
        stack.enter_context(_environment(_NO_REPORTS))
        if address != "local":
            stack.enter_context(_environment(_IMPATIENT))
        elif "ray" not in sys.modules:
            token = {} if "RAY_AUTH_TOKEN" in os.environ else {"RAY_AUTH_TOKEN": secrets.token_hex(32)}
            stack.enter_context(_environment(_OWN_CLUSTER | token))
        _import_ray()
        import ray

        options: dict[str, Any] = {}
        if host:
            _reach(address, host, port)
        if address == "local":
            folder = tempfile.mkdtemp(prefix="paperchat-ray-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
            options = {"include_dashboard": False, "_temp_dir": folder, "num_cpus": workers}
        if not ray.is_initialized():
            stack.callback(ray.shutdown)
            with _ray_errors(f"the Ray cluster at {address}"), _no_warnings(), _quiet_standard_error():
                ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL, **options)
        _silence()
        if lost:
            stack.enter_context(_watched(address, lost))
        _check_nodes()
        processors = int(sum(node["Resources"].get("CPU", 0) for node in _nodes()))
        if not processors:
            raise ClusterError(f"the Ray cluster at {address} has no processors: start a node with some")
        yield RayCluster(
            embedder=WorkerEmbedder(name=settings.embedder, base_url=settings.embedder_base_url),
            workers=min(processors, workers or MOST_WORKERS),
        )


def _parse(address: str) -> tuple[str, int]:
    """Host and port of an address; empty and 0 for ``auto`` and ``local``.

    Raises:
        UsageError: it is no address.
    """
    if address in ("auto", "local"):
        return "", 0
    host, _, port = address.rpartition(":")
    if "://" in address or not host or not port.isdecimal() or not 0 < int(port) < 2**16:
        raise UsageError(
            f"--ray {address!r} is not the address of a cluster: give HOST:PORT, from a machine of the cluster, "
            "auto for the one that runs on this machine, or local to start one"
        )
    return host.strip("[]"), int(port)


def _reach(address: str, host: str, port: int) -> None:
    """Raise ClusterError unless something listens there: Ray would wait for a minute, and end this process."""
    try:
        socket.create_connection((host, port), timeout=_REACH_SECONDS).close()
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise ClusterError(
            f"no Ray cluster at {address} ({reason.lower()}): check the address, or start one with `ray start --head`"
        ) from error


@contextmanager
def _watched(address: str, lost: Callable[[ClusterError], None]) -> Iterator[None]:
    """Call ``lost`` if nothing has listened at the cluster's head for ``_LOST_SECONDS``; Ray waits for 60."""
    import ray

    host, _, port = str(ray.get_runtime_context().gcs_address).rpartition(":")
    ended = threading.Event()

    def watch() -> None:
        seen = time.monotonic()
        while not ended.wait(_REACH_SECONDS):
            with suppress(OSError):
                socket.create_connection((host.strip("[]"), int(port)), timeout=_REACH_SECONDS).close()
                seen = time.monotonic()
            if time.monotonic() - seen > _LOST_SECONDS:
                lost(ClusterError(f"the Ray cluster at {address} is gone; start it, and run this again"))
                return

    thread = threading.Thread(target=watch, name="ray-cluster", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()


def _import_ray() -> None:
    try:
        with _no_warnings():
            import ray.data  # noqa: F401
    except ImportError as error:
        raise UsageError(_INSTALL) from error


def _check_nodes() -> None:
    """Raise ClusterError if a node that would work has no paperchat or another version of it."""
    import ray
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    asked = {}
    for node in _nodes():
        strategy = NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
        ask = ray.remote(_version).options(num_cpus=0, scheduling_strategy=strategy, max_retries=2)
        asked[node["NodeManagerAddress"]] = ask.remote()
    for name, answer in asked.items():
        try:
            found = ray.get(answer, timeout=_CHECK_SECONDS)
        except ray.exceptions.GetTimeoutError as error:
            raise ClusterError(f"Ray node {name} does not answer: check it with `ray status`") from error
        except ray.exceptions.RayError as error:
            raise ClusterError(
                f"Ray node {name} cannot import paperchat ({_first_line(error)}): "
                f"install paperchat {__version__} in its Python"
            ) from error
        if found != __version__:
            raise ClusterError(
                f"Ray node {name} has paperchat {found} and this is {__version__}: install the same on both"
            )


def _nodes() -> list[dict[str, Any]]:
    """The nodes that have processors to work with."""
    import ray

    nodes: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    return [node for node in nodes if node["Alive"] and node["Resources"].get("CPU")]


def _version() -> str:
    return __version__


def _begin_with(counter: Any) -> Callable[[int], int]:
    """Counts tries by the actor ``counter``."""

    def begin(number: int) -> int:
        import ray

        tries: int = ray.get(counter.begin.remote(number))
        return tries

    return begin


@contextmanager
def _data_context() -> Iterator[None]:
    """What is made in the block gives results in order, may lose workers, and shows no progress bars of its own."""
    from ray.data import DataContext

    with _no_warnings():
        context = DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.execution_options.preserve_order = True
        context.max_consecutive_actor_init_deaths = _MOST_LOST
        with DataContext.current(context):
            yield


@contextmanager
def _ray_errors(place: str = "the Ray cluster") -> Iterator[None]:
    """Turn what Ray raises into one line."""
    try:
        yield
    except PaperchatError:
        raise
    except Exception as error:  # Ray raises what it likes
        line = _first_line(error)
        if "ersion mismatch" in str(error):
            versions = " ".join(part.strip() for part in str(error).splitlines()[1:])
            raise ClusterError(
                f"{place} has other versions ({shorten(versions, _MAX_REASON)}): use the same Ray and Python on both"
            ) from error
        if "Could not find any running Ray" in str(error):
            raise ClusterError(
                "no Ray cluster runs on this machine: start one with `ray start --head`, "
                "name one as HOST:PORT, or use --ray local"
            ) from error
        raise ClusterError(f"{place} cannot be used ({line}): check it with `ray status`") from error


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return shorten(lines[-1] if lines else type(error).__name__, _MAX_REASON)


@contextmanager
def _environment(variables: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                with suppress(KeyError):
                    del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _quiet_standard_error() -> Iterator[None]:
    """Ray's own libraries write a line there when they start, whatever the level of their logs."""
    sys.stderr.flush()
    kept, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(null)


def _silence() -> None:
    for name in ("ray", "ray.data"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
