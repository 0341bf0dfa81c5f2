"""What the tests let worker processes do: what a reader of files may do, and worse."""

from __future__ import annotations

import ctypes
import fcntl
import os
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from paperchat.errors import SourceError

_spoilt = False


def square(number: int) -> int:
    return number * number


def nap(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def work(seconds: float) -> float:
    """Keeps the processor busy for so long, whatever the clock says."""
    end = time.process_time() + seconds
    while time.process_time() < end:
        pass
    return seconds


def meet(both: tuple[Path, Path]) -> bool:
    """Waits for whoever does the same with the paths the other way round."""
    own, other = both
    own.touch()
    while not other.exists():
        time.sleep(0.01)
    return True


def hold(path: Path) -> None:
    """Locks the file for as long as the process lives; does not return from one named ``busy``."""
    fcntl.flock(os.open(path, os.O_CREAT | os.O_RDWR), fcntl.LOCK_EX)
    if path.name == "busy":
        _loop()


def do(what: str) -> Any:
    return globals()[f"_{what}"]()


def _nothing() -> str:
    if _spoilt:
        os.abort()
    return "fine"


def _spoil() -> str:
    """As a native library does that writes where it should not: what comes next pays."""
    global _spoilt
    _spoilt = True
    return "fine"


def _refuse() -> None:
    raise SourceError("the file is behind a password")


def _fail() -> None:
    raise ValueError("a\nb" + "c" * 500)


def _leave() -> None:
    sys.exit(3)


def _abort() -> None:
    os.abort()


def _segfault() -> None:
    ctypes.memset(0, 1, 1)


def _loop() -> None:
    while True:
        pass


def _native_sleep() -> None:
    """Sleeps without letting go of the interpreter."""
    ctypes.PyDLL(None).sleep(60)


def _half_an_answer() -> None:
    """As a process that gets stuck while it answers."""
    for descriptor in range(3, 20):
        with suppress(OSError):
            os.write(descriptor, b"\x80\x05\x95\xff")
    time.sleep(60)


def _fill() -> None:
    [bytearray(2**20) for _ in range(2_000)]


def _fill_hidden() -> None:
    try:
        _fill()
    except MemoryError as error:
        raise SourceError("cannot be read") from error


def _fill_natively() -> None:
    """Allocates as C does, where nobody raises MemoryError."""
    allocate = ctypes.CDLL(None).malloc
    allocate.restype, allocate.argtypes = ctypes.c_void_p, [ctypes.c_size_t]
    ctypes.memset(allocate(2**31), 1, 2**31)


def _peak() -> int:
    """The most resident memory of a process that took all it could have, in bytes."""
    held = []
    try:
        while True:
            held.append(bytearray(2**20))
    except MemoryError:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) * 1024


def _big() -> bytes:
    return b"x" * 50_000_000


def _nested() -> Any:
    """What cannot be sent."""
    return lambda: 0


def _talk() -> str:
    sys.stdout.write("to standard output\n")
    sys.stderr.write("to standard error\n")
    os.write(1, b"directly")
    os.write(2, b"directly")
    return sys.stdin.read()


def _modules() -> set[str]:
    return {name.split(".")[0] for name in sys.modules}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def read_own_source(_: Path) -> str:
    return read(Path(__file__))


def read_memory_of_parent(_: Path) -> None:
    Path(f"/proc/{os.getppid()}/mem").open("rb").close()


def list_folder(path: Path) -> list[str]:
    return [one.name for one in path.parent.iterdir()]


def write(path: Path) -> None:
    path.write_text("changed", encoding="utf-8")


def make(path: Path) -> None:
    path.with_name(f"made by {os.getpid()}").touch()


def remove(path: Path) -> None:
    path.unlink()


def open_socket(_: None) -> None:
    socket.create_connection(("127.0.0.1", 9), timeout=1)


def open_udp_socket(_: None) -> None:
    socket.socket(socket.AF_INET, socket.SOCK_DGRAM)


def open_unix_socket(_: None) -> None:
    socket.socket(socket.AF_UNIX)


def open_netlink_socket(_: None) -> None:
    socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)


def start_ring(_: None) -> None:
    """As what opens sockets without the call for it."""
    system = ctypes.CDLL(None, use_errno=True)
    if system.syscall(425, 1, ctypes.create_string_buffer(120)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def start_program(_: None) -> None:
    os.execv("/bin/true", ["true"])
