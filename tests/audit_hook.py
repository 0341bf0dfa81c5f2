"""Record look-ups and connections that Python code asks for; `test_network.py` installs this as ``sitecustomize``."""

from __future__ import annotations

import ipaddress
import os
import sys
from pathlib import Path
from typing import Any

HOST_FIRST = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
ADDRESS_FIRST = {"socket.getnameinfo"}
ADDRESS_SECOND = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def is_local(host: Any) -> bool:
    """Whether this names the machine itself; addresses of Unix sockets are ``None`` here."""
    text = host.decode("ascii", "replace") if isinstance(host, bytes) else host
    if not text or text == "localhost":
        return True
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def host_of(address: Any) -> Any:
    return address[0] if isinstance(address, tuple) else None


def record(event: str, arguments: tuple[Any, ...]) -> None:
    if event in HOST_FIRST:
        host = arguments[0]
    elif event in ADDRESS_FIRST:
        host = host_of(arguments[0])
    elif event in ADDRESS_SECOND:
        host = host_of(arguments[1])
    else:
        return
    if not is_local(host):
        with Path(os.environ["NETWORK_RECORD"]).open("a", encoding="utf-8") as lines:
            lines.write(f"{event} {host}\n")


if __name__ == "sitecustomize":
    sys.addaudithook(record)
