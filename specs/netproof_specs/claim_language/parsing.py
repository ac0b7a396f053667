"""Claims as text: the forms of docs/claims.md, read into the values of `claims`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from netproof_specs import claims
from netproof_specs.claim_language.endpoints import FORMS, read_group
from netproof_specs.claim_language.words import (
    CLAIM_KEYWORDS,
    PROTOCOL_KEYWORDS,
    Mistake,
    Place,
    Token,
    Words,
    misfit,
    quoted,
    read_all,
)
from netproof_specs.locations import Location
from netproof_specs.model.traffic import Protocol
from netproof_specs.syntax import name_fault

_PORT = re.compile(r"[1-9][0-9]{0,4}")
_PORTS_LIKE = re.compile(r"(?:tcp|udp|sctp)(?:[/:][0-9*-]*)?", re.IGNORECASE)
_SWAPPED = re.compile(r"([0-9]+(?:-[0-9]+)?)(?:[/:](tcp|udp|sctp))?", re.IGNORECASE)
_USUAL_PORTS = {"http": "TCP/80", "https": "TCP/443", "ssh": "TCP/22", "dns": "UDP/53"}
_OTHER_PROTOCOLS = ("ICMP", "ICMPV6", "IGMP", "GRE", "ESP", "AH", "IP")
_VERBS = (
    "`cannot reach`",
    "`can reach`",
    "`can reach only`",
    "`may reach`",
    "`is isolated from`",
    "`is denied by default`",
)


Groups = Mapping[str, claims.EndpointSet]
"""The endpoints that a text may use, by name."""


def nowhere(_: Mistake) -> Location | None:
    """The place of what is in no file."""
    return None


def parse_claim_at(text: str, groups: Groups, place: Place) -> claims.Claim:
    """The claim that the text states, its group names looked up in `groups`.

    Raises InputError with every mistake found, each with an excerpt and placed by `place`.
    """
    return read_all(text, groups, place, _read_claim)


def parse_endpoints(text: str, groups: Groups, place: Place = nowhere) -> claims.Group:
    """The endpoints that the text names by a group or an inline form; errors as for a claim."""
    return read_all(text, groups, place, read_group)


def parse_side_at(text: str, groups: Groups, place: Place) -> claims.GroupOnPorts:
    """The endpoints and ports of `ENDPOINTS [on PORTS]`; errors as for a claim."""
    return read_all(text, groups, place, _read_side, "`on PORTS`")


def parse_ports(text: str, place: Place = nowhere) -> claims.Ports:
    """The ports of `TCP/3111, UDP/53, TCP/8000-8080`; errors as for a claim."""
    return read_all(text, {}, place, _read_ports, "`,` and a port")


def _read_claim(words: Words) -> claims.Claim:
    if words.at_words("only"):
        return _read_only_can_reach(words)
    if words.at_words("policies"):
        return _read_equivalent(words)
    if words.at_words("policy"):
        return _read_policy(words)
    if words.peek().kind != "word" or words.peek().text in CLAIM_KEYWORDS:
        misfit(words, "`only`", "`policies`", "`policy`", *FORMS)
    return _read_reach(words, read_group(words))


def _read_reach(words: Words, source: claims.Group) -> claims.ConnectionClaim:
    """What follows the first group of a claim."""
    match words.peek().text:
        case "cannot":
            words.take_words("cannot", "reach")
            return claims.CannotReach(source, read_group(words), _read_on(words))
        case "may":
            words.take_words("may", "reach")
            return claims.MayReach(source, read_group(words), _read_on(words))
        case "can":
            return _read_can(words, source)
        case "is":
            return _read_is(words, source)
        case _:
            return misfit(words, *_VERBS)


def _read_is(words: Words, group: claims.Group) -> claims.IsolatedFrom | claims.DeniedByDefault:
    words.take_words("is")
    if words.at_words("denied"):
        words.take_words("denied", "by", "default")
        _require_end(words)
        return claims.DeniedByDefault(group)
    if not words.at_words("isolated"):
        misfit(words, "`isolated from`", "`denied by default`")
    words.take_words("isolated", "from")
    return claims.IsolatedFrom(group, _read_last_group(words))


def _read_can(words: Words, source: claims.Group) -> claims.ConnectionClaim:
    if words.at_words("can", "reach", "only"):
        words.take_words("can", "reach", "only")
        return _read_reach_only(words, source)
    if words.at_words("can", "only"):
        words.take_words("can", "only", "reach")
        return _read_reach_only(words, source)
    words.take_words("can")
    if not words.at_words("reach"):
        misfit(words, "`reach`", "`reach only`", "`only reach`", "`cannot` in one word")
    words.take()
    return claims.CanReach(source, read_group(words), _read_on(words))


def _read_reach_only(words: Words, source: claims.Group) -> claims.CanReachOnly:
    sides = words.separated(",", _read_side)
    if not words.at_words("within"):
        _require_end(words, "`on PORTS`", "`,` and a further destination", "`within ENDPOINTS`")
        return claims.CanReachOnly(source, tuple(sides), None)
    words.take()
    return claims.CanReachOnly(source, tuple(sides), _read_last_group(words))


def _read_side(words: Words) -> claims.GroupOnPorts:
    group = read_group(words)
    if not words.at_words("on"):
        return claims.GroupOnPorts(group, ())
    words.take()
    return claims.GroupOnPorts(group, _read_ports(words))


def _read_only_can_reach(words: Words) -> claims.OnlyCanReach:
    words.take()
    sources = words.separated(",", read_group)
    if not words.at_words("can"):
        misfit(words, "`can reach`", "`,` and a further source")
    words.take_words("can", "reach")
    return claims.OnlyCanReach(tuple(sources), read_group(words), _read_on(words))


def _read_last_group(words: Words) -> claims.Group:
    group = read_group(words)
    _require_end(words)
    return group


def _read_on(words: Words) -> claims.Ports:
    """`on PORTS` up to the end of the claim, or the end at once."""
    if not words.at_words("on"):
        if words.at_mark(","):
            _stop_at_list(words)
        _require_end(words, "`on PORTS`")
        return ()
    words.take()
    ports = _read_ports(words)
    _require_end(words, "`,` and a port")
    return ports


def _stop_at_list(words: Words) -> None:
    words.stop(
        words.peek(),
        "this form takes one destination, not a list",
        "write `any(A, B)`, or a claim for each; expected `on PORTS` or the end of the text",
        "misplaced-word",
    )


def _require_end(words: Words, *fitting: str) -> None:
    if words.peek().kind != "end":
        misfit(words, *fitting, "the end of the text")


def _read_ports(words: Words) -> claims.Ports:
    """Ports separated by commas; a comma that no port follows is left to the caller."""
    ports = [_read_port(words)]
    while words.at_mark(",") and _looks_like_ports(words.peek(1)):
        words.take()
        ports.append(_read_port(words))
    return tuple(ports)


def _looks_like_ports(token: Token) -> bool:
    """True iff the word is meant as ports rather than as endpoints.

    Lower-case `tcp/web` may be a pod of a namespace `tcp`; `tcp/80` is a slip for `TCP/80`.
    """
    if token.kind != "word":
        return False
    protocol = token.text.partition("/")[0]
    return protocol in PROTOCOL_KEYWORDS or _PORTS_LIKE.fullmatch(token.text) is not None


def _read_port(words: Words) -> claims.ClaimPorts:
    forms = "`TCP/PORT`", "`UDP/PORT`", "`SCTP/PORT`", "`TCP/FIRST-LAST`", "`TCP`"
    token = words.take_word(*forms)
    number = words.peek()
    if token.text.lower() in ("port", "ports") and _SWAPPED.fullmatch(number.text):
        message = f"{quoted(f'{token.text} {number.text}')} names no protocol"
        words.note_both(token, words.take(), message, _meant_ports(number.text))
        return claims.ClaimPorts(Protocol.TCP, 1, 65535)
    protocol, slash, numbers = token.text.partition("/")
    if protocol not in PROTOCOL_KEYWORDS:
        _note_protocol(words, token)
        return claims.ClaimPorts(Protocol.TCP, 1, 65535)
    if not slash or numbers == "*":
        return claims.ClaimPorts(Protocol(protocol), 1, 65535)
    first, last = _read_range(words, token, numbers)
    return claims.ClaimPorts(Protocol(protocol), first, last)


def _meant_ports(text: str) -> str:
    """What to write instead of a text that is not ports."""
    if _PORTS_LIKE.fullmatch(text):
        return f"write `{text.upper().replace(':', '/')}`"
    if swapped := _SWAPPED.fullmatch(text):
        return f"write `{(swapped[2] or 'TCP').upper()}/{swapped[1]}`"
    if usual := _USUAL_PORTS.get(text.lower()):
        return f"a claim takes no names of ports: write `{usual}`, or the port of the pods"
    if text.upper() in _OTHER_PROTOCOLS:
        return f"a claim is about TCP, UDP and SCTP: no policy says what becomes of {text.upper()}"
    return "write `TCP/3111`, `UDP/53`, `TCP/8000-8080` or `TCP` for all ports of TCP"


def _note_protocol(words: Words, token: Token) -> None:
    suggestion = _meant_ports(token.text)
    words.note(token, f"{quoted(token.text)} is not a protocol and port", suggestion, "bad-port")


def _read_range(words: Words, token: Token, numbers: str) -> tuple[int, int]:
    """`first` and `last` of `3111` or `8000-8080`."""
    first, dash, last = numbers.partition("-")
    bounds = [_port_number(bound) for bound in ((first, last) if dash else (first, first))]
    if 0 in bounds:
        words.note(
            token,
            f"{quoted(numbers)} is not a port number or range",
            "ports are numbers from 1 to 65535, as in `TCP/80` or `TCP/8000-8080`; a claim does "
            "not take port names",
            "bad-port",
        )
    elif bounds[0] > bounds[1]:
        words.note(
            token,
            f"the range {quoted(numbers)} is empty",
            f"write `{token.text.partition('/')[0]}/{last}-{first}`",
            "bad-port",
        )
    return bounds[0], bounds[1]


def _port_number(text: str) -> int:
    """The port, or 0 where the text is not a port."""
    return int(text) if _PORT.fullmatch(text) and int(text) <= 65535 else 0


def _read_equivalent(words: Words) -> claims.PoliciesEquivalent:
    words.take()
    left = _read_policy_set(words)
    if not words.at_words("and"):
        misfit(words, "`and`", "`+` and a further policy")
    words.take()
    right = _read_policy_set(words)
    if not words.at_words("are"):
        misfit(words, "`are equivalent`", "`+` and a further policy")
    words.take_words("are", "equivalent")
    return claims.PoliciesEquivalent(left, right)


def _read_policy(words: Words) -> claims.PolicyRedundant | claims.PolicyNecessary:
    words.take()
    policy = _read_policy_set(words)
    if not words.at_words("is"):
        misfit(words, "`is redundant`", "`is necessary`", "`+` and a further policy")
    words.take()
    if not words.at_words("redundant") and not words.at_words("necessary"):
        misfit(words, "`redundant`", "`necessary`")
    redundant = words.take().text == "redundant"
    return claims.PolicyRedundant(policy) if redundant else claims.PolicyNecessary(policy)


def _read_policy_set(words: Words) -> claims.PolicySet:
    """Names of policies or policy sets joined by `+`."""
    first = words.peek()
    names = words.separated("+", _read_policy_name)
    return claims.PolicySet(words.slice_from(first), tuple(names))


def _read_policy_name(words: Words) -> str:
    forms = "a policy's name", "`NAMESPACE/NAME` of a policy", "a policy set's name"
    token = words.take_word(*forms)
    parts = token.text.split("/")
    # Without a namespace it may be a policy set's name, which allows more than a policy's.
    if len(parts) > 2 or (len(parts) == 2 and any(map(name_fault, parts))):
        words.note(
            token,
            f"{quoted(token.text)} names no policy",
            "write `NAME` or `NAMESPACE/NAME`, several joined by `+`",
            "bad-name",
        )
    return token.text
