"""The inline forms of endpoints: `ns:finance`, `pods(app=web) in ns(team=a)`, `cidr(...)`."""

from __future__ import annotations

import re
from collections.abc import Iterable

from netproof_specs import claims
from netproof_specs.claim_language.words import (
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
from netproof_specs.frozen import replace
from netproof_specs.model.labels import LabelSelector, Operator, Requirement
from netproof_specs.syntax import (
    label_key_fault,
    label_value_fault,
    name_fault,
    namespace_fault,
    parse_block,
)

FORMS = (
    "a group's name",
    "`ns:NAME`",
    "`ns(SELECTOR)`",
    "`pods(SELECTOR)`",
    "`hosts(SELECTOR)`",
    "`NAMESPACE/NAME`",
    "`cidr(ADDRESS/LENGTH)`",
    "`external`",
    "`anything`",
    "`any(A, B)`",
)
_DEEPEST = 20
_KIND = re.compile(r"[A-Z][A-Za-z0-9]*")
_ADDRESS_LIKE = re.compile(r"[0-9]+(?:\.[0-9]+){3}(?:/[0-9]+)?|[0-9A-Fa-f]*:[0-9A-Fa-f:.]*:.*")


def read_group(words: Words) -> claims.Group:
    """The endpoints that start at the next word, under the text that the claim uses for them."""
    first = words.peek()
    endpoints = read_endpoints(words, 0)
    return claims.Group(words.slice_from(first), endpoints)


def read_endpoints(words: Words, depth: int) -> claims.EndpointSet:
    """One endpoint form or group name; `depth` counts the `any(...)` around it."""
    token = words.peek()
    if token.kind != "word" or token.text in CLAIM_KEYWORDS:
        misfit(words, *FORMS)
    match token.text:
        case "pods":
            return _read_pods(words)
        case "hosts":
            words.take()
            return claims.HostsWhere(_read_selector(words) if words.at_mark("(") else None)
        case "ns":
            return claims.PodsWhere(namespaces=_read_namespaces(words))
        case "cidr":
            return _read_cidr(words)
        case "any":
            return _read_any(words, depth)
        case "external":
            words.take()
            return claims.External()
        case "anything":
            words.take()
            return claims.Anything()
    return _read_name(words)


def _read_name(words: Words) -> claims.EndpointSet:
    """`ns:NAME`, `NAMESPACE/NAME` or the name of a group."""
    token = words.peek()
    if token.text in words.groups:
        words.take()
        return words.groups[token.text]
    if words.peek(1).kind == "mark" and words.peek(1).text == "(":
        misfit(words, *FORMS)
    words.take()
    if token.text.startswith("ns:"):
        return claims.PodsWhere(namespace=_namespace_name(words, token, token.text[3:]))
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
    return claims.Anything()


_EVERYWHERE = {"internet": "external", "world": "external", "outside": "external",
    "everything": "anything", "everyone": "anything", "all": "anything", "anyone": "anything",
    "*": "anything"}  # fmt: skip


def _note_two_words(words: Words, token: Token) -> bool:
    """Notes `namespace corp` or `pod web`, whose second word is then stepped over."""
    name = words.peek()
    if name.kind != "word" or name.text in CLAIM_KEYWORDS:
        return False
    kind = token.text.lower()
    if kind in ("namespace", "namespaces"):
        suggestion = f"write `ns:{name.text}`"
    elif kind in ("pod", "workload", "deployment", "statefulset", "daemonset", "service"):
        full = name.text if "/" in name.text else f"NAMESPACE/{name.text}"
        suggestion = f"write `{full}`, or `pods(LABEL=VALUE)`"
    else:
        return False
    message = f"{quoted(f'{token.text} {name.text}')} names no endpoints"
    words.note_both(token, words.take(), message, suggestion)
    return True


def _note_unknown(words: Words, token: Token) -> None:
    if _note_two_words(words, token):
        return
    if meant := _EVERYWHERE.get(token.text.lower()):
        wrong = f"{quoted(token.text)} is not a known group"
        words.note(token, wrong, f"did you mean `{meant}`?", "unknown-group")
        return
    if keyword := keyword_like(token.text):
        wrong = f"{quoted(token.text)} is not a known group"
        words.stop(token, wrong, f"the word of the language is `{keyword}`", "unknown-group")
    known = tuple(words.groups)
    close = closest(token.text, (*known, *ENDPOINT_KEYWORDS))
    hints = [f"known groups: {listed(known)}" if known else "no groups are known here"]
    if not namespace_fault(token.text):
        hints.append(f"`ns:{token.text}` is the namespace of that name")
    suggestion = (f"did you mean `{close}`? " if close else "") + "; ".join(hints)
    words.note(token, f"{quoted(token.text)} is not a known group", suggestion, "unknown-group")


_ACCOUNT_FORM = "serviceaccount:"


def _read_pods(words: Words) -> claims.EndpointSet:
    """`pods(SELECTOR)`, then `in` namespaces and `as` a service account, where they are given."""
    found = _read_pods_in(words)
    if not words.at_words("as"):
        return found
    words.take()
    token = words.peek()
    if token.kind != "word" or not token.text.startswith(_ACCOUNT_FORM):
        misfit(words, f"`{_ACCOUNT_FORM}NAME` in one word")
    words.take()
    name = token.text.removeprefix(_ACCOUNT_FORM)
    if fault := name_fault(name):
        message = f"{quoted(name) if name else 'the empty word'} cannot name a service account"
        hint = f"{fault}; it follows `{_ACCOUNT_FORM}` in the same word"
        words.note(token, message, hint, "bad-name")
    return replace(found, account=name)


def _read_pods_in(words: Words) -> claims.PodsWhere:
    words.take()
    pods = _read_selector(words) if words.at_mark("(") else None
    if not words.at_words("in"):
        return claims.PodsWhere(pods=pods)
    words.take()
    token = words.peek()
    if token.kind == "word" and token.text.startswith("ns:"):
        words.take()
        return claims.PodsWhere(namespace=_namespace_name(words, token, token.text[3:]), pods=pods)
    if not words.at_words("ns"):
        misfit(words, "`ns:NAME`", "`ns(SELECTOR)`")
    return claims.PodsWhere(namespaces=_read_namespaces(words), pods=pods)


def _read_namespaces(words: Words) -> LabelSelector:
    words.take()
    if not words.at_mark("("):
        misfit(words, "`(SELECTOR)`", "`ns:NAME` in one word")
    return _read_selector(words)


def _namespace_name(words: Words, token: Token, name: str) -> str:
    if fault := namespace_fault(name):
        message = f"{quoted(name) if name else 'the empty word'} cannot be the name of a namespace"
        words.note(token, message, f"{fault}; it follows `ns:` in the same word", "bad-name")
    return name


def _pod_named(words: Words, token: Token) -> claims.EndpointSet:
    """`shop/web`, `shop/Deployment/web` or `HostEndpoint/worker-1`."""
    parts = token.text.split("/")
    if parts[0] == "HostEndpoint" and len(parts) == 2 and not name_fault(parts[1]):
        return claims.HostNamed(parts[1])
    kind = parts[1] if len(parts) == 3 else None
    well_formed = (
        len(parts) in (2, 3)
        and not namespace_fault(parts[0])
        and not name_fault(parts[-1])
        and (kind is None or _KIND.fullmatch(kind))
    )
    if not well_formed:
        hint = "write `NAMESPACE/NAME` or `NAMESPACE/Kind/NAME`, as in `shop/Deployment/web`"
        if parts[0] == "HostEndpoint":
            hint = "write `HostEndpoint/NAME` for a host endpoint, or `hosts` for all"
        words.note(token, f"{quoted(token.text)} names no pod or workload", hint, "bad-name")
    return claims.PodNamed(parts[0], parts[-1], kind)


def _read_cidr(words: Words) -> claims.EndpointSet:
    words.take()
    words.take_mark("(")
    token = words.take_word("`ADDRESS/LENGTH`", "a single address")
    words.take_mark(")", "`any(cidr(A), cidr(B))` for several blocks")
    cidr, wrong, suggestion = read_block(token.text)
    if wrong:
        words.note(token, wrong, suggestion, "bad-cidr")
    return claims.AddressBlock(cidr)


def _read_any(words: Words, depth: int) -> claims.EndpointSet:
    first = words.take()
    if depth >= _DEEPEST:
        words.stop(first, "`any` is nested too deeply", "list the endpoints in one `any`", "depth")
    words.take_mark("(")
    members = words.separated(",", lambda inner: read_endpoints(inner, depth + 1))
    words.take_mark(")", "`,`")
    return any_of(members)


def any_of(members: Iterable[claims.EndpointSet]) -> claims.EndpointSet:
    """The union of one or more sets, flat and without repetitions; one member stands for itself."""
    flat: dict[claims.EndpointSet, None] = {}
    for member in members:
        parts = member.members if isinstance(member, claims.AnyOf) else (member,)
        flat.update(dict.fromkeys(parts))
    unique = tuple(flat)
    return unique[0] if len(unique) == 1 else claims.AnyOf(unique)


def read_block(text: str) -> tuple[str, str, str]:
    """A block in canonical form, then what is wrong with it and what to write (or both empty).

    A bare address is the block of that one address. Whatever a strict API server refuses is
    refused here as well (B.15): two readers of `10.0.0.5/8` may disagree on what is meant.
    """
    width = 128 if ":" in text else 32
    network, fault, hint = parse_block(text if "/" in text else f"{text}/{width}")
    if not fault:
        return str(network), "", ""
    address = text.partition("/")[0]
    has_host_bits = network is not None and str(network.network_address) != address
    if has_host_bits and not parse_block(f"{address}/{width}")[1]:
        hint = f"write `{network}` for the block or `{address}/{width}` for the one address"
    return "", f"{quoted(text)} {fault}", hint


def _read_selector(words: Words) -> LabelSelector:
    """kubectl's selector syntax in parentheses; empty ones hold the empty selector."""
    words.take()
    if words.at_mark(")"):
        words.take()
        return LabelSelector()
    requirements = words.separated(",", _read_requirement)
    words.take_mark(")", "`,`", "`=VALUE`", "`!=VALUE`", "`in (...)`", "`notin (...)`")
    return LabelSelector(tuple(requirements))


def _read_requirement(words: Words) -> Requirement:
    """`a=b`, `a==b`, `a!=b`, `a in (x,y)`, `a notin (x,y)`, `a` or `!a`."""
    if words.at_mark("!"):
        words.take()
        return Requirement(_read_key(words), Operator.DOES_NOT_EXIST)
    if pair := _noted_pair(words):
        return pair
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


def _noted_pair(words: Words) -> Requirement | None:
    """`app: web` or `app:web`, noted: in a manifest a label is written so."""
    token = words.peek()
    key, colon, value = token.text.partition(":")
    if token.kind != "word" or not colon or label_key_fault(key):
        return None
    last = words.take()
    if not value and words.peek().kind == "word":
        last = words.take()
        value = last.text
    message = f"{quoted(words.text[token.start : last.end])} is no requirement on a label"
    words.note_both(token, last, message, f"write `{key}={value or 'VALUE'}`")
    return Requirement(key, Operator.IN, (value,))


def _read_key(words: Words) -> str:
    token = words.take_word("a label key", "`!` and a label key")
    if fault := label_key_fault(token.text):
        words.note(token, f"{quoted(token.text)} cannot be a label key", fault, "bad-label-key")
    return token.text


def _read_value(words: Words) -> str:
    """A value; the empty value where a comma or a parenthesis follows at once, as in kubectl."""
    if words.at_mark(",") or words.at_mark(")"):
        return ""
    token = words.take_word("a label value")
    if fault := label_value_fault(token.text):
        words.note(token, f"{quoted(token.text)} cannot be a label value", fault, "bad-label-value")
    return token.text


def _read_values(words: Words) -> tuple[str, ...]:
    words.take()
    words.take_mark("(")
    if words.at_mark(")"):
        misfit(words, "a label value")
    values = words.separated(",", _read_value)
    words.take_mark(")", "`,`")
    return tuple(values)


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
