"""The inline forms of endpoints: `ns:finance`, `pods(app=web) in ns(team=a)`, `cidr(...)`."""

from __future__ import annotations

import re

import netaddr

from netproof_specs.claim_words import (
    CLAIM_KEYWORDS,
    ENDPOINT_KEYWORDS,
    KEYWORDS,
    NAME_PATTERN,
    Token,
    Words,
    closest,
    keyword_like,
    listed,
    misfit,
    quoted,
)
from netproof_specs.claims import (
    AddressBlock,
    AnyOf,
    Anything,
    EndpointSet,
    External,
    Group,
    PodNamed,
    PodsWhere,
)
from netproof_specs.model.labels import LabelSelector, Operator, Requirement

FORMS = (
    "a group's name",
    "`ns:NAME`",
    "`ns(SELECTOR)`",
    "`pods(SELECTOR)`",
    "`NAMESPACE/NAME`",
    "`cidr(ADDRESS/LENGTH)`",
    "`external`",
    "`anything`",
    "`any(A, B)`",
)
_DEEPEST = 20
_LABEL_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*")
_DNS_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_KIND = re.compile(r"[A-Z][A-Za-z0-9]*")
_IPV4 = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")
_LENGTH = re.compile(r"0|[1-9][0-9]{0,2}")
_ADDRESS_LIKE = re.compile(r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:.*")


def read_group(words: Words) -> Group:
    """The endpoints that start at the next word, under the text that the claim uses for them."""
    first = words.peek()
    endpoints = read_endpoints(words, 0)
    return Group(words.slice_from(first), endpoints)


def read_endpoints(words: Words, depth: int) -> EndpointSet:
    """One endpoint form or group name; `depth` counts the `any(...)` around it."""
    token = words.peek()
    if token.kind != "word" or token.text in CLAIM_KEYWORDS:
        misfit(words, *FORMS)
    match token.text:
        case "pods":
            return _read_pods(words)
        case "ns":
            return PodsWhere(namespaces=_read_namespaces(words))
        case "cidr":
            return _read_cidr(words)
        case "any":
            return _read_any(words, depth)
        case "external":
            words.take()
            return External()
        case "anything":
            words.take()
            return Anything()
    return _read_name(words)


def _read_name(words: Words) -> EndpointSet:
    """`ns:NAME`, `NAMESPACE/NAME` or the name of a group."""
    token = words.peek()
    if token.text in words.groups:
        words.take()
        return words.groups[token.text]
    if words.peek(1).kind == "mark" and words.peek(1).text == "(":
        misfit(words, *FORMS)
    words.take()
    if token.text.startswith("ns:"):
        return PodsWhere(namespace=_namespace_name(words, token, token.text[3:]))
    if _ADDRESS_LIKE.fullmatch(token.text):
        words.note(
            token,
            f"{quoted(token.text)} is an address, and a claim names endpoints",
            f"write `cidr({token.text})`",
            "bare-address",
        )
    elif "/" in token.text:
        return _pod_named(words, token)
    else:
        _note_unknown(words, token)
    return Anything()


def _note_unknown(words: Words, token: Token) -> None:
    if keyword := keyword_like(token.text):
        wrong = f"{quoted(token.text)} is not a known group"
        words.stop(token, wrong, f"the word of the language is `{keyword}`", "unknown-group")
    known = tuple(words.groups)
    close = closest(token.text, (*known, *ENDPOINT_KEYWORDS))
    hints = [f"known groups: {listed(known)}" if known else "no groups are known here"]
    if _DNS_LABEL.fullmatch(token.text):
        hints.append(f"`ns:{token.text}` is the namespace of that name")
    suggestion = (f"did you mean `{close}`? " if close else "") + "; ".join(hints)
    words.note(token, f"{quoted(token.text)} is not a known group", suggestion, "unknown-group")


def _read_pods(words: Words) -> EndpointSet:
    words.take()
    pods = _read_selector(words) if words.at_mark("(") else None
    if not words.at_words("in"):
        return PodsWhere(pods=pods)
    words.take()
    token = words.peek()
    if token.kind == "word" and token.text.startswith("ns:"):
        words.take()
        return PodsWhere(namespace=_namespace_name(words, token, token.text[3:]), pods=pods)
    if not words.at_words("ns"):
        misfit(words, "`ns:NAME`", "`ns(SELECTOR)`")
    return PodsWhere(namespaces=_read_namespaces(words), pods=pods)


def _read_namespaces(words: Words) -> LabelSelector:
    words.take()
    if not words.at_mark("("):
        misfit(words, "`(SELECTOR)`", "`ns:NAME` in one word")
    return _read_selector(words)


def _namespace_name(words: Words, token: Token, name: str) -> str:
    if not _DNS_LABEL.fullmatch(name):
        words.note(
            token,
            f"{quoted(name) if name else 'the empty word'} cannot be the name of a namespace",
            "write `ns:` and, in the same word, at most 63 lower-case letters, digits and `-`",
            "bad-name",
        )
    return name


def _pod_named(words: Words, token: Token) -> EndpointSet:
    """`shop/web` or `shop/Deployment/web`."""
    parts = token.text.split("/")
    kind = parts[1] if len(parts) == 3 else None
    well_formed = (
        len(parts) in (2, 3)
        and _DNS_LABEL.fullmatch(parts[0])
        and is_subdomain(parts[-1])
        and (kind is None or _KIND.fullmatch(kind))
    )
    if not well_formed:
        words.note(
            token,
            f"{quoted(token.text)} names no pod or workload",
            "write `NAMESPACE/NAME` or `NAMESPACE/Kind/NAME`, as in `shop/Deployment/web`",
            "bad-name",
        )
    return PodNamed(parts[0], parts[-1], kind)


def _read_cidr(words: Words) -> EndpointSet:
    words.take()
    words.take_mark("(")
    if words.peek().kind != "word":
        misfit(words, "`ADDRESS/LENGTH`", "a single address")
    token = words.take()
    words.take_mark(")", "`any(cidr(A), cidr(B))` for several blocks")
    cidr, wrong, suggestion = read_block(token.text)
    if wrong:
        words.note(token, wrong, suggestion, "bad-cidr")
    return AddressBlock(cidr)


def _read_any(words: Words, depth: int) -> EndpointSet:
    first = words.take()
    if depth >= _DEEPEST:
        words.stop(first, "`any` is nested too deeply", "list the endpoints in one `any`", "depth")
    words.take_mark("(")
    members = [read_endpoints(words, depth + 1)]
    while words.at_mark(","):
        words.take()
        members.append(read_endpoints(words, depth + 1))
    words.take_mark(")", "`,`")
    return any_of(members)


def any_of(members: list[EndpointSet]) -> EndpointSet:
    """The union of one or more sets, flat and without repetitions; one member stands for itself."""
    flat: dict[EndpointSet, None] = {}
    for member in members:
        flat.update(dict.fromkeys(member.members if isinstance(member, AnyOf) else (member,)))
    unique = tuple(flat)
    return unique[0] if len(unique) == 1 else AnyOf(unique)


def read_block(text: str) -> tuple[str, str, str]:
    """A block in canonical form, then what is wrong with it and what to write (or both empty).

    A bare address is the block of that one address. Host bits and IPv4-mapped IPv6 are refused
    (B.15), because two readers of `10.0.0.5/8` may disagree on what is meant.
    """
    address, slash, length = text.partition("/")
    form = "write `ADDRESS/LENGTH`, such as `10.0.0.0/8` or `2001:db8::/32`, or one address"
    parsed = _parse_address(address)
    if parsed is None:
        return "", f"{quoted(text)} is not an address block", form
    width = 32 if parsed.version == 4 else 128
    if slash and not (_LENGTH.fullmatch(length) and int(length) <= width):
        return "", f"{quoted(length)} is not a prefix length from 0 to {width}", form
    if parsed.version == 6 and parsed.is_ipv4_mapped():
        plain = f"write the IPv4 form, such as `{parsed.ipv4()}/32`"
        return "", f"{quoted(text)} is an IPv4 address written as IPv6", plain
    network = netaddr.IPNetwork(f"{parsed}/{int(length) if slash else width}").cidr
    block = str(network)
    if network.network != parsed:
        meant = f"write `{block}` for the block or `{parsed}/{width}` for the one address"
        return "", f"{quoted(text)} has bits set after its prefix", meant
    return block, "", ""


def _parse_address(text: str) -> netaddr.IPAddress | None:
    try:
        if ":" in text:
            return netaddr.IPAddress(text, 6)
        return netaddr.IPAddress(text, 4) if _IPV4.fullmatch(text) else None
    except (netaddr.AddrFormatError, ValueError):
        return None


def _read_selector(words: Words) -> LabelSelector:
    """kubectl's selector syntax in parentheses; empty ones hold the empty selector."""
    words.take()
    if words.at_mark(")"):
        words.take()
        return LabelSelector()
    requirements = [_read_requirement(words)]
    while words.at_mark(","):
        words.take()
        requirements.append(_read_requirement(words))
    words.take_mark(")", "`,`", "`=VALUE`", "`!=VALUE`", "`in (...)`", "`notin (...)`")
    return LabelSelector(tuple(requirements))


def _read_requirement(words: Words) -> Requirement:
    """`a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a` or `!a`."""
    if words.at_mark("!"):
        words.take()
        return Requirement(_read_key(words), Operator.DOES_NOT_EXIST)
    key = _read_key(words)
    if words.at_mark("=") or words.at_mark("=="):
        words.take()
        return Requirement(key, Operator.IN, (_read_value(words),))
    if words.at_mark("!="):
        words.take()
        return Requirement(key, Operator.NOT_IN, (_read_value(words),))
    if words.at_words("in"):
        return Requirement(key, Operator.IN, _read_values(words))
    if words.at_words("notin"):
        return Requirement(key, Operator.NOT_IN, _read_values(words))
    return Requirement(key, Operator.EXISTS)


def _read_key(words: Words) -> str:
    if words.peek().kind != "word":
        misfit(words, "a label key", "`!` and a label key")
    token = words.take()
    if wrong := wrong_with_key(token.text):
        words.note(token, *wrong, "bad-label-key")
    return token.text


def _read_value(words: Words) -> str:
    """A value; the empty value where a comma or a parenthesis follows at once, as in kubectl."""
    if words.at_mark(",") or words.at_mark(")"):
        return ""
    if words.peek().kind != "word":
        misfit(words, "a label value")
    token = words.take()
    if wrong := wrong_with_value(token.text):
        words.note(token, *wrong, "bad-label-value")
    return token.text


def _read_values(words: Words) -> tuple[str, ...]:
    words.take()
    words.take_mark("(")
    if words.at_mark(")"):
        misfit(words, "a label value")
    values = [_read_value(words)]
    while words.at_mark(","):
        words.take()
        values.append(_read_value(words))
    words.take_mark(")", "`,`")
    return tuple(values)


def is_subdomain(text: str) -> bool:
    """True iff the text is a DNS-1123 subdomain (B.8)."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def wrong_with_key(key: str) -> tuple[str, str] | None:
    """What is wrong with a label key, and what to write instead; `None` iff B.13 accepts it."""
    prefix, slash, name = key.rpartition("/")
    if _LABEL_NAME.fullmatch(name) and (not slash or is_subdomain(prefix)):
        return None
    return (
        f"{quoted(key)} cannot be a label key",
        "a key is at most 63 letters, digits, `-`, `_` and `.` with a letter or digit at each "
        "end, if need be after a DNS name and `/`",
    )


def wrong_with_value(value: str) -> tuple[str, str] | None:
    """What is wrong with a label value, and what to write instead; `None` iff B.13 accepts it."""
    if not value or _LABEL_NAME.fullmatch(value):
        return None
    return (
        f"{quoted(value)} cannot be a label value",
        "a value is empty or at most 63 letters, digits, `-`, `_` and `.` with a letter or "
        "digit at each end",
    )


def wrong_with_name(name: str, what: str) -> tuple[str, str] | None:
    """Why a spec cannot call a group or policy set so, and what to write; `None` iff it can."""
    if keyword := keyword_like(name):
        return (
            f"{quoted(name)} cannot name {what}: `{keyword}` is a word of the claim language",
            "choose another name; the words of the language are " + ", ".join(sorted(KEYWORDS)),
        )
    if not NAME_PATTERN.fullmatch(name):
        return (
            f"{quoted(name)} cannot name {what}",
            "a name is made of letters, digits, `-`, `_` and `.`, with a letter or digit at "
            "each end",
        )
    return None
