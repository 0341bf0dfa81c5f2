"""A sandbox for processes that read untrusted files: no network, no programs, and no files but the interpreter's own.

Linux enforces it: Landlock (https://docs.kernel.org/userspace-api/landlock.html, from Linux 5.13) the files, seccomp
(https://docs.kernel.org/userspace-api/seccomp_filter.html, on x86-64 and ARM64) the rest. What the system lacks is left
out. Of another file it can still be asked whether it exists and how large it is, and its mode and times can be set.
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_SET_NO_NEW_PRIVILEGES, _SET_SECCOMP, _FILTER_MODE = 38, 22, 2  # prctl.h, seccomp.h
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF, _QUERY_VERSION, _PATH_BENEATH = 444, 445, 446, 1, 1  # landlock.h
_READ_FILE, _READ_FOLDER = 1 << 2, 1 << 3
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 5: 16}  # how many there are from this version on
_NETWORK_VERSION, _SCOPES_VERSION = 4, 6
_SYSTEM_FILES = (
    *("/usr/lib", "/lib", "/lib64", "/etc/ld.so.cache", "/dev/null"),
    *("/usr/share/fonts", "/usr/local/share/fonts", "/usr/share/X11"),
)
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # bpf_common.h
_ALLOW, _REFUSE, _KILL = 0x7FFF_0000, 0x0005_0001, 0x8000_0000  # seccomp.h; refused with EPERM
_NUMBER_OFFSET, _ARCHITECTURE_OFFSET = 0, 4
_X32 = 0x4000_0000  # calls from here on are those of another ABI
_REFUSED_CALLS = {  # audit.h, unistd.h: socket, execve, execveat, ptrace, process_vm_readv and _writev
    "x86_64": (0xC000_003E, (41, 59, 322, 101, 310, 311)),
    "aarch64": (0xC000_00B7, (198, 221, 281, 117, 270, 271)),
}
_REFUSED_EVERYWHERE = (425, 438)  # io_uring_setup, which can open sockets, too, and pidfd_getfd


def confine() -> None:
    """Confine this process for the rest of its life; it must have one thread, and have imported what it can."""
    if sys.platform != "linux":
        return
    system = ctypes.CDLL(None, use_errno=True)
    if system.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) == 0:
        _restrict_files(system)
        _refuse_calls(system)


def landlock_version() -> int:
    """The version of Landlock that the system has; 0 or less if it has none."""
    if sys.platform != "linux":
        return 0
    version: int = ctypes.CDLL(None, use_errno=True).syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _QUERY_VERSION)
    return version


def _restrict_files(system: ctypes.CDLL) -> None:
    version = landlock_version()
    if version < 1:
        return
    rights = max(count for since, count in _FILE_RIGHTS.items() if since <= version)
    handled = [(1 << rights) - 1]
    handled += [0b11] if version >= _NETWORK_VERSION else []  # binding and connecting
    handled += [0b11] if version >= _SCOPES_VERSION else []  # abstract sockets and signals of others
    attributes = struct.pack(f"{len(handled)}Q", *handled)
    ruleset = system.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    if ruleset < 0:
        return
    for place in dict.fromkeys(_readable()):
        with suppress(OSError):
            opened = os.open(place, os.O_PATH | os.O_CLOEXEC)
            access = _READ_FILE | (_READ_FOLDER if Path(place).is_dir() else 0)
            system.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, struct.pack("=Qi", access, opened), 0)
            os.close(opened)
    system.syscall(_RESTRICT_SELF, ruleset, 0)
    os.close(ruleset)


def _readable() -> Iterator[str]:
    """What modules still to be imported need, and the fonts of the system."""
    yield from (sys.prefix, sys.base_prefix, *_SYSTEM_FILES)
    for name, module in list(sys.modules.items()):
        if "." not in name:
            yield from getattr(module, "__path__", ())


def _refuse_calls(system: ctypes.CDLL) -> None:
    if platform.machine() not in _REFUSED_CALLS:
        return
    architecture, calls = _REFUSED_CALLS[platform.machine()]
    refused = (*calls, *_REFUSED_EVERYWHERE)
    program = [
        _instruction(_LOAD, _ARCHITECTURE_OFFSET),
        _instruction(_JUMP_IF_EQUAL, architecture, then=1),
        _instruction(_RETURN, _KILL),
        _instruction(_LOAD, _NUMBER_OFFSET),
        _instruction(_JUMP_IF_AT_LEAST, _X32, then=len(refused) + 1),
        *(_instruction(_JUMP_IF_EQUAL, call, then=len(refused) - at) for at, call in enumerate(refused)),
        _instruction(_RETURN, _ALLOW),
        _instruction(_RETURN, _REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(program))
    filter_program = struct.pack("HP", len(program), ctypes.addressof(code))
    system.prctl(_SET_SECCOMP, _FILTER_MODE, filter_program, 0, 0)


def _instruction(code: int, operand: int, *, then: int = 0) -> bytes:
    """An instruction of the filter; ``then`` is how many to skip if its condition holds."""
    return struct.pack("=HBBI", code, then, 0, operand)
