"""The spelling rules of names, labels, ports and address blocks, each as a function of a text.

Every function returns what is wrong, or the empty text for a text that the API accepts.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Network, IPv6Network, ip_network

_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?")
_DNS_SUBDOMAIN = re.compile(
    r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*"
)


def label_key_fault(key: str) -> str:
    """What is wrong with a label key (B.13)."""
    prefix, slash, name = key.rpartition("/")
    if slash and (len(prefix) > 253 or not _DNS_SUBDOMAIN.fullmatch(prefix)):
        return "the part before `/` must be a lower-case DNS name"
    if not name:
        return "a label key must not be empty"
    if len(name) > 63:
        return "a label key has at most 63 characters"
    if not _LABEL_NAME.fullmatch(name):
        return (
            "a label key has letters, digits, `-`, `_` and `.`, and starts and ends with a "
            "letter or digit"
        )
    return ""


def label_value_fault(value: str) -> str:
    """What is wrong with a label value (B.13)."""
    if len(value) > 63:
        return "a label value has at most 63 characters"
    if value and not _LABEL_NAME.fullmatch(value):
        return (
            "a label value has letters, digits, `-`, `_` and `.`, and starts and ends with a "
            "letter or digit"
        )
    return ""


def name_fault(name: str) -> str:
    """What is wrong with an object's name (B.8)."""
    if len(name) > 253:
        return "a name has at most 253 characters"
    if not _DNS_SUBDOMAIN.fullmatch(name):
        return "a name has lower-case letters, digits, `-` and `.`"
    return ""


def namespace_fault(name: str) -> str:
    """What is wrong with a namespace's name (B.8)."""
    if len(name) > 63:
        return "a namespace name has at most 63 characters"
    if not _DNS_LABEL.fullmatch(name):
        return "a namespace name has lower-case letters, digits and `-`"
    return ""


def port_name_fault(name: str) -> str:
    """What is wrong with a port's name (B.9)."""
    if not 1 <= len(name) <= 15:
        return "a port name has 1 to 15 characters"
    if not re.fullmatch(r"[a-z0-9-]+", name):
        return "a port name has lower-case letters, digits and `-`"
    if not re.search(r"[a-z]", name):
        return "a port name has at least one letter"
    if name.startswith("-") or name.endswith("-") or "--" in name:
        return "a port name has no `-` at either end and no two in a row"
    return ""


Network = IPv4Network | IPv6Network


ParsedBlock = tuple[Network | None, str, str]

HOST_BITS = "has bits set to the right of the prefix"
"""The fault of a block whose meaning nobody doubts (A.28, C.16)."""


def parse_block(text: str) -> ParsedBlock:
    """The block that a CIDR means, what a strict API server finds wrong with it, what to write.

    No block: every API server refuses the text. A block and a fault: a server that is not strict
    accepts it with that meaning (A.28, B.15). Leading zeros count as decimal.
    """
    address, slash, length = text.partition("/")
    if not slash:
        return None, "must be an address block `address/length`", _bare_address_hint(text)
    if not re.fullmatch(r"[0-9]{1,3}", length):
        return None, "the part after `/` must be the length of the prefix", "such as `/24`"
    plain = _without_leading_zeros(address)
    try:
        network = ip_network(f"{plain}/{int(length)}", strict=False)
    except ValueError:
        return None, "is no address block", "write `address/length`, such as `10.0.0.0/8`"
    if "%" in address:
        return None, "an address block has no zone", "remove the `%` and what follows it"
    if isinstance(network, IPv6Network) and network.network_address.ipv4_mapped is not None:
        return None, "is an IPv4 address written as IPv6", "write the IPv4 block"
    if plain != address or str(int(length)) != length:
        return network, "has leading zeros", f"write `{network}`"
    if not _is_first(plain, network):
        return network, HOST_BITS, f"write `{network}`"
    return network, "", ""


def _without_leading_zeros(address: str) -> str:
    if ":" in address:
        return address
    return ".".join(re.sub(r"^0+(?=[0-9])", "", part) for part in address.split("."))


def _is_first(address: str, network: Network) -> bool:
    return ip_network(address).network_address == network.network_address


def _bare_address_hint(text: str) -> str:
    try:
        return f"write `{ip_network(text)}` for this one address"
    except ValueError:
        return "write `address/length`, such as `10.0.0.0/8`"
