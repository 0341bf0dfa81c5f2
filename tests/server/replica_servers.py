"""Several servers over one library whose catalogue is on PostgreSQL, as replicas on several machines are."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import httpx
from api_server import ApiServer

from cli_runner import COMMAND, IMPORT_PATHS
from paperchat.storage.database import Database
from paperchat.storage.databases.catalogue_copy import copy_catalogue

_SECONDS = 60.0


class Replica:
    """A server that can be killed, stopped and started again at the same address."""

    def __init__(self, home: Path, options: Sequence[str], settings: Mapping[str, str]) -> None:
        self._home = home
        self._options = options
        self._settings = settings
        self._port = 0
        self.process: subprocess.Popen[str]
        self.address = ""
        self.begin()

    def start(self) -> None:
        """Start it, and wait until it is ready."""
        self.begin()
        self.wait_until_ready()

    def begin(self) -> None:
        """Start it."""
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PAPERCHAT_")}
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--home", str(self._home), "--json", "--port", str(self._port), *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**environment, **self._settings, "PYTHONPATH": os.pathsep.join(IMPORT_PATHS)},
        )

    def wait_until_ready(self) -> None:
        """Wait until it listens and says that it is ready."""
        if not self.process.stdout.closed:  # type: ignore[union-attr]
            with self.process.stdout as lines:  # type: ignore[union-attr]
                said = "".join(iter(lines.readline, "}\n"))
            self.address = json.loads(f"{said}}}")["address"]
            self._port = int(self.address.rpartition(":")[2])
        wait_until(lambda: httpx.get(f"{self.address}/readyz").status_code == 200)

    def client(self, key: str = "", **options: object) -> httpx.Client:
        """A client that sends this key, if any."""
        return ApiServer(address=self.address, home=self._home, process=self.process).client(key, **options)

    def kill(self) -> None:
        """Kill it as a machine that loses its power does."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def interrupt(self) -> None:
        """End it at once, as Ctrl-C does."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.process.wait(_SECONDS)

    def stop(self) -> int:
        """Stop it as a service manager does; its exit status."""
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(_SECONDS)


@contextmanager
def replicas(
    home: Path, url: str, *options: str, number: int = 2, settings: Mapping[str, str] | None = None
) -> Iterator[list[Replica]]:
    """Servers over the library at ``home`` with its catalogue at this URL, by default without the window."""
    shown = () if "--ui" in options else ("--no-ui",)
    options = tuple(one for one in options if one != "--ui")
    with ExitStack() as stack:
        started = []
        for _ in range(number):
            replica = Replica(home, (*shown, *options), {**(settings or {}), "PAPERCHAT_DATABASE_URL": url})
            stack.callback(replica.interrupt)
            started.append(replica)
        for replica in started:
            replica.wait_until_ready()
        yield started


def library_on_server(home: Path, folder: Path, url: str) -> Path:
    """A copy of the closed library at ``home`` in this folder, with its catalogue at the empty database ``url``."""
    copied = folder / "library"
    shutil.copytree(home, copied)
    with closing(Database(copied)) as source, closing(Database(copied, url=url)) as target:
        copy_catalogue(source, target)
    return copied


def wait_until(is_so: Callable[[], bool]) -> None:
    """Wait until something is so; a server that cannot be reached is not yet what is waited for."""
    until = time.monotonic() + _SECONDS
    while True:
        try:
            if is_so():
                return
        except httpx.TransportError:
            pass
        assert time.monotonic() < until
        time.sleep(0.2)  # who asks more often than 600 times a minute is refused
