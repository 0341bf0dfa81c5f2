"""A reverse proxy in front of the window: its public address, and the addresses that its requests come from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from paperchat.errors import UsageError

_PUBLIC_URL_PATTERN = re.compile(r"(?P<scheme>https?)://(?P<name>[a-z0-9._-]+|\[[0-9a-f:.]+\])(?P<port>:[0-9]{1,5})?/?")
_USUAL_PORTS = {"http": ":80", "https": ":443"}  # browsers leave them out


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseProxy:
    """What is known of the proxies; without a ``host``, the window's public address is the one that it listens on."""

    scheme: str = ""
    host: str = ""  # with a port that is not the scheme's
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @property
    def origin(self) -> str:
        """The Origin header of the window's own requests; empty without a public address."""
        return f"{self.scheme}://{self.host}" if self.host else ""

    def is_trusted(self, address: str) -> bool:
        """Whether requests from this IP address come from a proxy."""
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self.networks)

    def client_address(self, peer: str, forwarded_for: Sequence[str]) -> str:
        """The IP address of the client: the last one in X-Forwarded-For that is no proxy's, if ``peer`` is one.

        What the client itself wrote into that header precedes what the proxies add, and is not looked at.
        """
        address = peer
        for value in reversed([part.strip() for header in forwarded_for for part in header.split(",")]):
            if not self.is_trusted(address) or _parse(value) is None:
                break
            address = value
        return address


def parse_reverse_proxy(*, public_url: str, trusted_proxies: str) -> ReverseProxy:
    """Read the settings of the same names.

    Raises:
        UsageError: one of them is malformed.
    """
    try:
        networks = tuple(ip_network(part.strip(), strict=False) for part in trusted_proxies.split(",") if part.strip())
    except ValueError as error:
        raise UsageError(f"{error}: give PAPERCHAT_TRUSTED_PROXIES as IP addresses or networks with commas") from error
    if not public_url:
        return ReverseProxy(networks=networks)
    match = _PUBLIC_URL_PATTERN.fullmatch(public_url.lower())
    if match is None:
        raise UsageError(
            f"{public_url!r} cannot be the window's public address: give PAPERCHAT_PUBLIC_URL as https://HOST, "
            "without a path"
        )
    scheme, port = match["scheme"], match["port"] or ""
    return ReverseProxy(
        scheme=scheme, host=match["name"] + ("" if port == _USUAL_PORTS[scheme] else port), networks=networks
    )


def parse_origin(origin: str) -> str:
    """Return the origin of a page, as browsers send it.

    Raises:
        UsageError: it is malformed.
    """
    match = _PUBLIC_URL_PATTERN.fullmatch(origin.strip().lower())
    if match is None:
        raise UsageError(f"{origin!r} is not an origin: give --cors as https://HOST, without a path")
    scheme, port = match["scheme"], match["port"] or ""
    return f"{scheme}://{match['name']}" + ("" if port == _USUAL_PORTS[scheme] else port)


def _parse(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
