"""Protects against server-side request forgery: checks URLs and the IP addresses that are connected to.

Only http and https URLs without a user name are allowed. Link-local, multicast and reserved IP addresses and those of
clouds' host services are refused, and so are loopback and private ones unless allowed; an address that embeds another
(IPv4-mapped, 6to4, NAT64) counts as that one.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from collections.abc import Iterable

import httpx

from paperchat.ingest.fetch.errors import PermanentFetchError

_MAX_URL = 2_000  # characters
_HOST_PATTERN = re.compile(rb"[A-Za-z0-9._:-]{1,253}")  # RFC 1035, 2.3.4; a colon is an IPv6 address's
_MAX_PORT = 65_535
_CLOUD_SERVICES = tuple(  # of the host to its virtual machines, with credentials; beside those that are link-local
    map(
        ipaddress.ip_network,
        (
            "168.63.129.16/32",  # Azure
            "100.100.100.200/32",  # Alibaba
            "192.0.0.192/32",  # Oracle
            "fd00:ec2::/32",  # Amazon
            "fd20:ce::/32",  # Google
            "fd00:42::42/128",  # Scaleway
        ),
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")  # RFC 6052
_PRIVATE = "is on this machine or in a private network, which PAPERCHAT_PRIVATE_ADDRESSES=true would allow"

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


def validate_url(url: str | httpx.URL) -> httpx.URL:
    """Parse ``url`` and drop its fragment.

    Raises:
        PermanentFetchError: it is invalid or not allowed.
    """
    try:
        address = httpx.URL(url)
        has_host = bool(address.host) and _HOST_PATTERN.fullmatch(address.raw_host) is not None
    except (httpx.InvalidURL, ValueError) as error:  # UnicodeError, which a ValueError is: no valid IDNA
        raise PermanentFetchError("is not a valid web address") from error
    if address.scheme not in ("http", "https"):
        raise PermanentFetchError(f"only http and https addresses are fetched, not {address.scheme or 'others'}")
    if not has_host or len(str(address)) > _MAX_URL or not 0 < (address.port or 80) <= _MAX_PORT:
        raise PermanentFetchError("is not a valid web address")
    if address.userinfo:
        raise PermanentFetchError("the address contains a user name or password, which is never sent: remove it")
    return address.copy_with(fragment=None)


def is_public(address: IPAddress) -> bool:
    """Whether the address, or the one that it embeds, is on the public internet."""
    inner = _embedded(address)
    return inner.is_global and not _is_special(inner)


def check_addresses(host: str, addresses: Iterable[IPAddress], *, allow_private: bool) -> None:
    """Raise PermanentFetchError if any of the host's addresses must not be connected to.

    ``allow_private`` allows this machine and private networks, but not the addresses at which clouds serve credentials.
    """
    for address in addresses:
        if _is_special(_embedded(address)):
            raise PermanentFetchError(f"{host} is a reserved address, which is never fetched from")
        if not (allow_private or is_public(address)):
            raise PermanentFetchError(f"{host} {_PRIVATE}")


def check_literal_host(host: str, *, allow_private: bool) -> None:
    """As `check_addresses`, without a look-up, for a host that a proxy will resolve.

    Covers ``localhost`` and every numeric form that the system accepts (``127.1``, ``0x7f000001``, ``2130706433``).
    """
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        found = []
    check_addresses(host, [parse_address(str(entry[4][0])) for entry in found], allow_private=allow_private)
    name = host.rstrip(".").lower()
    if not allow_private and (name == "localhost" or name.endswith(".localhost")):
        raise PermanentFetchError(f"{host} {_PRIVATE}")


def parse_address(address: str) -> IPAddress:
    """Parse an address as the system writes it, dropping its zone."""
    return ipaddress.ip_address(address.partition("%")[0])


def _embedded(address: IPAddress) -> IPAddress:
    if isinstance(address, ipaddress.IPv6Address):
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _is_special(address: IPAddress) -> bool:
    site_local = isinstance(address, ipaddress.IPv6Address) and address.is_site_local
    reserved = address.is_reserved and not address.is_loopback  # which ::1 is, too
    cloud_service = any(address in network for network in _CLOUD_SERVICES)
    local = site_local or address.is_link_local or address.is_unspecified
    return local or reserved or cloud_service or address.is_multicast
