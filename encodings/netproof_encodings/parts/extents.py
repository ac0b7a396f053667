"""How much of a cluster a stage holds: at each end, the namespaces whose pods and policies it has.

A stage that holds less allows more. Of a pod in a namespace that is not held, little is known,
and what its policies decide is a free symbol. So what is unsatisfiable on a part of the cluster is
so on all of it, and a solution is one of the whole cluster unless an end is such a pod (decision
0016).
"""

from __future__ import annotations

from netproof_encodings.decision.conditions import End
from netproof_specs.claims import EndpointSet
from netproof_specs.frozen import Frozen


class Held(Frozen):
    """What a stage holds at one end: the pods of `namespaces`, and the policies on them.

    A pod is not held iff it is in one of the namespaces `lacking`; for `None`, iff it is in none
    of those that are held. `labels` are the namespaces whose labels are stated, `None` is all.
    In the blocks `free` no pod that is not held has a known address. Of the pods of the namespaces
    those are there that can be in one of the sets `among`; `None` is all. The others are not at
    that end of any connection that the claim speaks of.
    """

    namespaces: frozenset[str]
    lacking: frozenset[str] | None = None
    labels: frozenset[str] | None = None
    free: tuple[str, ...] = ()
    among: tuple[EndpointSet, ...] | None = None


class Extent(Frozen):
    """What a stage holds at either end; `None` is everything."""

    source: Held | None = None
    destination: Held | None = None

    def at(self, end: End) -> Held | None:
        """What is held at the end."""
        return self.source if end is End.SOURCE else self.destination

    @property
    def names(self) -> tuple[frozenset[str], frozenset[str]] | None:
        """The namespaces that are held at the source and at the destination; `None` is all."""
        if self.source is None or self.destination is None:
            return None
        return self.source.namespaces, self.destination.namespaces

    def holds(self, end: End, namespace: str) -> bool:
        """Whether the pods of the namespace are held at the end."""
        held = self.at(end)
        return held is None or namespace in held.namespaces


EVERYTHING = Extent()
"""The whole cluster."""
