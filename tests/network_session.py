"""Use paperchat as a user does, and record what leaves the machine: ``python network_session.py FOLDER [COMMAND…]``.

Without a command it ingests, asks, surveys, rebuilds and serves the window. With ``--recording-packets`` before the
folder it expects to run in a network namespace of its own (``unshare --net``), and records each packet that is not for
loopback, and each DNS query.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path

import httpx

PDF = Path(__file__).parent / "data" / "pdf" / "yoshida23a.pdf"
QUESTION = "How many multiple-choice questions are in LabSafety Bench?"
PAPERCHAT = (sys.executable, "-c", "from paperchat.cli import main; main()")
ROUTES = ("ip link set lo up", "ip route add default dev lo", "ip -6 route add default dev lo")
_DNS_PORT = 53
_PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP"}
_SECONDS = 120
_PATIENCE = 15  # seconds; telemetry is sent in the background, that of onnxruntime nine seconds after its import


def main() -> None:
    arguments = sys.argv[1:]
    packets = arguments[0] == "--recording-packets"
    folder, command = Path(arguments[packets]), arguments[packets + 1 :]
    if not packets:
        run(folder, command)
        return
    for route in ROUTES:
        subprocess.run(route.split(), check="-6" not in route)
    with recorded_packets(folder / "packets.txt"):
        run(folder, command)


def run(folder: Path, command: list[str]) -> None:
    """Run one command, or the session."""
    if command:
        subprocess.run(command, check=True, timeout=_SECONDS)
        return
    (folder / "empty").mkdir()
    os.chdir(folder / "empty")
    for arguments in (
        ("ingest", "--sample", str(PDF)),
        ("ask", QUESTION),
        ("survey", "safety of language models", "--papers", "10", "-o", str(folder / "survey.svg")),
        ("reindex",),
    ):
        subprocess.run([*PAPERCHAT, *arguments], check=True, timeout=_SECONDS, stdout=subprocess.DEVNULL)
    with window() as address:
        said = ask_in_window(address)
        time.sleep(_PATIENCE)
    if "133 multiple-choice questions" not in said and "765 multiple-choice questions" not in said:
        sys.exit(f"the window gave no answer: {said[-1000:]}")


@contextmanager
def window() -> Iterator[str]:
    process = subprocess.Popen([*PAPERCHAT, "ui", "--port", "0", "--json"], stdout=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        said = ""
        while not said.endswith("}\n") and (line := process.stdout.readline()):
            said += line
        yield json.loads(said)["address"]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=_SECONDS)


def ask_in_window(address: str) -> str:
    """Ask through the API that the page uses; everything that the server sends until the answer is complete."""
    with httpx.Client(base_url=address, timeout=_SECONDS, trust_env=False) as client:
        client.get("/").raise_for_status()
        functions = client.get("/config").json()["dependencies"]
        answer = next(function["id"] for function in functions if function["api_name"] == "answer")
        session = {"session_hash": "networksession"}
        client.post(
            "/gradio_api/queue/join", json={"data": [None, QUESTION], "fn_index": answer, **session}
        ).raise_for_status()
        return client.get("/gradio_api/queue/data", params=session).text


@contextmanager
def recorded_packets(file: Path) -> Iterator[None]:
    """Write a line for each packet that is not for loopback, and for each DNS query, to the file."""
    ended = threading.Event()

    def record() -> None:
        with file.open("w", encoding="utf-8") as lines:
            while not ended.is_set():
                try:
                    packet = wire.recv(65_535)
                except TimeoutError:
                    continue
                if line := described(packet):
                    lines.write(line + "\n")

    with socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0003)) as wire:  # every protocol
        wire.bind(("lo", 0x0003))
        wire.settimeout(0.2)
        thread = threading.Thread(target=record)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()


def described(packet: bytes) -> str:
    """The destination of an IP packet that ought not to be sent; empty for what stays on loopback."""
    if packet[0] >> 4 == 4:
        address, protocol, payload = ip_address(packet[16:20]), packet[9], packet[(packet[0] & 15) * 4 :]
    else:
        address, protocol, payload = ip_address(packet[24:40]), packet[6], packet[40:]
    port = struct.unpack("!H", payload[2:4])[0] if protocol in (6, 17) else 0
    if address.is_loopback and port != _DNS_PORT:
        return ""
    content = payload[8:].decode("ascii", "replace") if port == _DNS_PORT else ""
    printable = "".join(letter if letter.isalnum() or letter == "-" else "." for letter in content)
    return f"{_PROTOCOLS.get(protocol, protocol)} to {address}, port {port}: {printable}"


if __name__ == "__main__":
    main()
