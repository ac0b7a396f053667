"""Protocols and ports; the twin of `netproof.oracle.ports`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from netproof_encodings.decision.conditions import End
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.vocabulary.mentioned import Vocabulary
from netproof_specs.claims import Ports
from netproof_specs.frozen import Frozen
from netproof_specs.model.traffic import Protocol

PROTOCOL_CODES = {protocol: code for code, protocol in enumerate(Protocol)}


class PortSpace(Frozen):
    """Protocol, destination port and source port of the connection.

    `declared[e][n]` is true iff the end declares a container port called `n` with exactly the
    connection's protocol and the port that it has at the end; `named[e][n]` iff policies can see
    that (A.35, D.20). `source` is `None` iff nothing asks for the source port.
    """

    protocol: Bits
    port: Bits
    declared: Mapping[End, Mapping[str, Term]]
    named: Mapping[End, Mapping[str, Term]]
    source: Bits | None = None

    def at(self, end: End) -> Bits:
        """The port that the connection has at the end, for which something must ask."""
        return self.known_source() if end is End.SOURCE else self.port

    def known_source(self) -> Bits:
        """The source port, for which something must ask."""
        assert self.source is not None
        return self.source


def port_space(terms: Terms, vocabulary: Vocabulary, selectable: Mapping[End, Term]) -> PortSpace:
    """The symbols `protocol`, `port` and one `dst.port.name` per mentioned name.

    Where something asks for them, `source-port` as well, and one `src.port.name` per name that is
    looked up there. An end is `selectable` iff it is a pod that policies can select.
    """
    declared = {
        End.SOURCE: _declared(terms, "src", vocabulary.source_names),
        End.DESTINATION: _declared(terms, "dst", vocabulary.port_names),
    }
    named = {
        end: {name: terms.conjunction((selectable[end], term)) for name, term in found.items()}
        for end, found in declared.items()
    }
    return PortSpace(
        terms.vector("protocol", 2),
        terms.vector("port", 16),
        declared,
        named,
        terms.vector("source-port", 16) if vocabulary.asks_source_port else None,
    )


def _declared(terms: Terms, prefix: str, names: Iterable[str]) -> dict[str, Term]:
    return {name: terms.symbol(f"{prefix}.port.{name}") for name in names}


def legal(terms: Terms, space: PortSpace) -> Term:
    """True iff the symbols hold a protocol and ports from 1 to 65535."""
    ports = [space.port] if space.source is None else [space.port, space.source]
    return terms.conjunction(
        (
            terms.at_most(space.protocol, len(PROTOCOL_CODES) - 1),
            *(terms.negation(terms.equals(one, 0)) for one in ports),
        )
    )


def uses(terms: Terms, space: PortSpace, protocol: Protocol) -> Term:
    """True iff the connection uses the protocol."""
    return terms.equals(space.protocol, PROTOCOL_CODES[protocol])


def on_ports(terms: Terms, space: PortSpace, ports: Ports) -> Term:
    """True iff the connection is on one of a claim's ports; none given is any."""
    if not ports:
        return terms.true
    return terms.disjunction(
        terms.conjunction(
            (
                uses(terms, space, one.protocol),
                terms.between(space.port, one.first, one.last),
            )
        )
        for one in ports
    )
