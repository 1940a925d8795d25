"""The client's address: the socket's peer, or the one that trusted proxies report in X-Forwarded-For."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.types import Scope

from factorcli.errors import InvalidSetting

Address = IPv4Address | IPv6Address


class Clients:
    """Determines client addresses. Only entries of X-Forwarded-For that trusted proxies wrote are used."""

    def __init__(self, trusted: Sequence[str]) -> None:
        self._networks = [_network(text) for text in trusted]
        self._trusts = lru_cache(4096)(self._is_trusted)

    def address(self, scope: Scope) -> str:
        """The client's address; `local` for one without, as on a Unix socket."""
        peer: str = scope["client"][0] if scope.get("client") else "local"
        if not self._networks or not self._trusts(peer):
            return peer
        written = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        client = peer
        for hop in reversed(written.decode("latin-1").split(",")):
            address = parse(hop)
            if address is None:
                break
            client = str(address)
            if not self._trusts(client):
                break
        return client

    def _is_trusted(self, text: str) -> bool:
        address = parse(text)
        return address is not None and any(address in network for network in self._networks)


def parse(text: str) -> Address | None:
    """An address, with or without a port; an IPv4-mapped IPv6 address, as IPv4. None for anything else."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


@lru_cache(4096)
def budget_of(client: str) -> str:
    """Whose requests count together: an address, and of IPv6 the network of 64 bits, which one client commonly has."""
    address = parse(client)
    if not isinstance(address, IPv6Address):
        return client if address is None else str(address)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        raise InvalidSetting(
            f"TRUSTED_PROXIES has {text!r}, but must be addresses or networks such as 10.0.0.0/8."
        ) from None
