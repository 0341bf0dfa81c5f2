"""Nothing leaves the machine, and nothing is left in the user's folders: the command line and the window, watched.

Python code is watched by an audit hook. Native code is watched, where the system lets a user have network
namespaces, by running everything in one in which all packets can be seen.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

SESSION = Path(__file__).with_name("network_session.py")
AUDIT_HOOK = Path(__file__).with_name("audit_hook.py")
NAMESPACE = ("unshare", "--map-root-user", "--net")
LOOK_UP_NATIVELY = """
import ctypes
ctypes.CDLL(None).getaddrinfo(b"native.example", b"443", None, ctypes.byref(ctypes.c_void_p()))
"""
LOOK_UP_IN_PYTHON = """
import contextlib, socket
with contextlib.suppress(OSError):
    socket.getaddrinfo("python.example", 443)
"""

pytestmark = pytest.mark.security


@dataclass(frozen=True)
class Record:
    """What left the machine."""

    calls: list[str]
    packets: list[str]
    home_files: list[str]


@cache
def has_namespaces() -> bool:
    tools = shutil.which("unshare") and shutil.which("ip")
    return (
        bool(tools)
        and not subprocess.run([*NAMESPACE, "ip", "link", "set", "lo", "up"], capture_output=True).returncode
    )


needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="network namespaces are not allowed here")


def recorded(folder: Path, *command: str) -> Record:
    """Run a command, or else the session, with folders of its own, and record what leaves the machine."""
    for name in ("home", "hook", "temporary"):
        (folder / name).mkdir()
    shutil.copy(AUDIT_HOOK, folder / "hook" / "sitecustomize.py")
    home, record = folder / "home", folder / "calls.txt"
    wrapper, option = (NAMESPACE, ("--recording-packets",)) if has_namespaces() else ((), ())
    done = subprocess.run(
        [*wrapper, sys.executable, str(SESSION), *option, str(folder), *command],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.pathsep.join([str(folder / "hook"), *(part for part in sys.path if part)]),
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / "cache"),
            "XDG_CONFIG_HOME": str(home / "config"),
            "XDG_DATA_HOME": str(home / "data"),
            "TMPDIR": str(folder / "temporary"),
            "PAPERCHAT_HOME": str(folder / "library"),
            "NETWORK_RECORD": str(record),
            "RES_OPTIONS": "attempts:1 timeout:1",
        },
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    packets = folder / "packets.txt"
    return Record(
        calls=record.read_text(encoding="utf-8").splitlines() if record.exists() else [],
        packets=packets.read_text(encoding="utf-8").splitlines() if packets.exists() else [],
        home_files=sorted(str(file.relative_to(home)) for file in home.rglob("*") if file.is_file()),
    )


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Record:
    return recorded(tmp_path_factory.mktemp("network"))


@pytest.mark.slow
def test_python_code_asks_no_other_host(session: Record) -> None:
    assert session.calls == []


@pytest.mark.slow
@needs_namespaces
def test_native_code_asks_no_other_host(session: Record) -> None:
    assert session.packets == []


@pytest.mark.slow
def test_only_a_list_of_fonts_is_written_to_the_users_folders(session: Record) -> None:
    assert [file for file in session.home_files if not file.startswith("cache/matplotlib/fontlist-")] == []


def test_loading_a_model_writes_nothing_to_the_users_folders(tmp_path: Path) -> None:
    assert recorded(tmp_path, sys.executable, "-c", "import paperchat.models.onnx").home_files == []


def test_a_look_up_in_python_would_be_seen(tmp_path: Path) -> None:
    assert "socket.getaddrinfo python.example" in recorded(tmp_path, sys.executable, "-c", LOOK_UP_IN_PYTHON).calls


@needs_namespaces
def test_a_look_up_in_native_code_would_be_seen(tmp_path: Path) -> None:
    packets = recorded(tmp_path, sys.executable, "-c", LOOK_UP_NATIVELY).packets
    assert any("native.example" in packet for packet in packets), packets
