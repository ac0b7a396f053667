"""The service account of one end: its name as a small number, and the labels that it hands on."""

from __future__ import annotations

from collections.abc import Mapping

from netproof_encodings.decision.conditions import TextTest
from netproof_encodings.logic.terms import Bits, Term, Terms
from netproof_encodings.meaning.labels import LabelSpace, label_space
from netproof_encodings.vocabulary.accounts import kind_of, other_accounts
from netproof_encodings.vocabulary.mentioned import LONGEST_LABEL, Vocabulary
from netproof_encodings.vocabulary.texts import Tests, outcome_of, passes
from netproof_specs.frozen import Frozen


class AccountSpace(Frozen):
    """The service account of one endpoint: its name by code, and its mentioned labels.

    The codes of `names` are those of mentioned names, and of names that are alone of their kind.
    After them come those of `others`: one name for each further kind of names, which fit into a
    label or not and pass some of the `tests`. Nothing compares the accounts of two ends, and there
    are two names of each such kind, so one of each is enough.
    """

    name: Bits
    names: Mapping[str, int]
    others: Mapping[str, int]
    tests: Tests
    labels: LabelSpace

    @property
    def last(self) -> int:
        """The greatest code that stands for some name."""
        return len(self.names) + len(self.others) - 1

    @property
    def told(self) -> dict[str, int]:
        """The codes of the names that are told from all others: known ones, or by passing a test.

        One that passes a test stands for all of its kind.
        """
        passing = {name: code for name, code in self.others.items() if self._passes_some(name)}
        return {**self.names, **passing}

    def _passes_some(self, name: str) -> bool:
        return any(outcome_of(name, self.tests))

    def code_of(self, name: str) -> int:
        """The code of a name."""
        known = self.names.get(name)
        if known is not None:
            return known
        kind = kind_of(name, self.tests)
        return next(
            code for other, code in self.others.items() if kind_of(other, self.tests) == kind
        )

    def name_of(self, code: int) -> str:
        """The name of a code."""
        listed = (*self.names.items(), *self.others.items())
        return next(name for name, known in listed if known == code)

    def handing_on(self, terms: Terms) -> Term:
        """True iff the name fits into a label, so that the account hands on its labels (D.15)."""
        listed = (*self.names.items(), *self.others.items())
        long = (code for name, code in listed if len(name) > LONGEST_LABEL)
        return terms.negation(terms.one_of(self.name, long))

    def passing(self, terms: Terms, test: TextTest, text: str) -> Term:
        """True iff the name passes the test, which is among those mentioned (D.31)."""
        listed = (*self.names.items(), *self.others.items())
        return terms.one_of(self.name, (code for name, code in listed if passes(name, test, text)))


def account_space(terms: Terms, prefix: str, vocabulary: Vocabulary) -> AccountSpace | None:
    """The symbols `prefix.account` and `prefix.account-label.key`; None iff nothing asks of any."""
    if vocabulary.accounts is None:
        return None
    tests = vocabulary.account_name_tests
    unmentioned = other_accounts(tests, vocabulary.accounts)
    known = (*vocabulary.accounts, *unmentioned.alone)
    names = {name: code for code, name in enumerate(known)}
    others = {name: code for code, name in enumerate(unmentioned.names, start=len(names))}
    return AccountSpace(
        terms.vector(f"{prefix}.account", max(1, (len(names) + len(others) - 1).bit_length())),
        names,
        others,
        tests,
        label_space(
            terms,
            f"{prefix}.account-label",
            vocabulary.account_labels,
            vocabulary.account_tests,
        ),
    )
