"""Namespaces and service accounts of the two ends: one name has one set of labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from netproof_encodings.logic.terms import Term, Terms
from netproof_encodings.meaning.accounts import AccountSpace
from netproof_encodings.meaning.labels import carries, in_range
from netproof_encodings.meaning.spaces import ConnectionSpace, EndpointSpace
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL
from netproof_specs.model.cluster import Cluster, Namespace
from netproof_specs.model.labels import NAME_LABEL


def known_or_other(terms: Terms, end: EndpointSpace) -> Term:
    """True iff the code of the end's namespace stands for some name."""
    return terms.at_most(end.namespace.name, end.namespace.last)


def one_namespace(terms: Terms, space: ConnectionSpace) -> Term:
    """Two ends in a namespace of one name are in one namespace, so they see one set of labels."""
    source, destination = (end.namespace for end in space.ends)
    pairs = zip(source.labels.values(), destination.labels.values(), strict=True)
    return terms.implication(
        terms.same(source.name, destination.name),
        terms.conjunction(terms.same(one.bits, other.bits) for one, other in pairs),
    )


def namespace_labels(
    terms: Terms, end: EndpointSpace, namespaces: Iterable[Namespace]
) -> Iterator[Term]:
    """An end in one of these namespaces sees the labels that the input gives it.

    The label with the namespace's name is left out: the code of the namespace says it.
    """
    for namespace in namespaces:
        labels = {key: value for key, value in namespace.labels if key != NAME_LABEL}
        code = end.namespace.names[namespace.name]
        yield terms.implication(
            terms.equals(end.namespace.name, code), carries(terms, end.namespace.labels, labels)
        )


def account_in_range(terms: Terms, account: AccountSpace) -> Iterator[Term]:
    """A code for a name, and codes for labels; a name too long for a label hands on none (D.15)."""
    yield terms.at_most(account.name, account.last)
    yield in_range(terms, account.labels)
    yield terms.disjunction((account.handing_on(terms), carries(terms, account.labels, {})))


def one_account(terms: Terms, space: ConnectionSpace) -> Iterator[Term]:
    """Two ends of one namespace and one account see one set of the account's labels.

    Of names that stand for many, two ends have two.
    """
    (source, one), (destination, other) = ((end, end.account) for end in space.ends)
    if one is None or other is None or not one.labels:
        return
    pairs = zip(one.labels.values(), other.labels.values(), strict=True)
    alike = terms.conjunction(terms.same(left.bits, right.bits) for left, right in pairs)
    known = terms.one_of(one.name, one.names.values())
    shared = terms.conjunction(
        (
            terms.same(source.namespace.name, destination.namespace.name),
            terms.same(one.name, other.name),
            known,
        )
    )
    yield terms.implication(shared, alike)


def declared_accounts(terms: Terms, end: EndpointSpace, cluster: Cluster) -> Iterator[Term]:
    """A service account of the input has the labels of its manifest; others have any (D.15)."""
    account = end.account
    if account is None or not account.labels:
        return
    for one in cluster.accounts:
        code = end.namespace.names.get(one.namespace)
        if code is not None and len(one.name) <= LONGEST_LABEL:
            there = terms.equals(end.namespace.name, code)
            named = terms.equals(account.name, account.names[one.name])
            labels = carries(terms, account.labels, dict(one.labels))
            yield terms.implication(terms.conjunction((there, named)), labels)
