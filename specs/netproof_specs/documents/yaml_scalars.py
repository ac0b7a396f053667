"""Scalars of YAML as the Kubernetes clients read them, and what cannot be a plain value."""

from __future__ import annotations

import re

from netproof_specs.frozen import Frozen

TAG = "tag:yaml.org,2002:"
STR, MAP, SEQ, NULL = TAG + "str", TAG + "map", TAG + "seq", TAG + "null"
BOOL, INT, FLOAT = TAG + "bool", TAG + "int", TAG + "float"
TIME, MERGE, BINARY = TAG + "timestamp", TAG + "merge", TAG + "binary"

# What the Kubernetes clients' YAML library reads as something other than a string. It differs
# from PyYAML: `y` is a boolean, `1e3` and `08` are numbers, `1:30` is a string.
NULLS = frozenset(["", "~", "null", "Null", "NULL"])
TRUE = frozenset(["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"])
FALSE = frozenset(["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"])
INT_TEXT = re.compile(r"[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|0[0-7_]*|[1-9][0-9_]*)")
DECIMAL = re.compile(r"0|-?[1-9][0-9]{0,99}")
FLOAT_TEXT = re.compile(
    r"[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?"
    r"|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)
TIME_TEXT = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt \t].*)?")


class Timestamp(Frozen):
    """A plain scalar that YAML 1.1 reads as a date, with its text as written."""

    text: str


class Binary(Frozen):
    """What is tagged as bytes in base64, with its text as written."""

    text: str


class NonStringKey(Frozen):
    """A mapping key that YAML reads as something other than a string, with its text.

    `reported` is true for a key that is no scalar, which is a problem wherever it stands.
    """

    text: str
    reported: bool = False


class OddNumber(Frozen):
    """A number in a form that only some readers take for a number, with its text as written."""

    text: str


def plain_tag(text: str) -> str:
    """The tag of a scalar that stands without quotes and without a tag of its own."""
    if text in NULLS:
        return NULL
    if text in TRUE or text in FALSE:
        return BOOL
    if text == "<<":
        return MERGE
    if text[0] in "+-.0123456789":
        if INT_TEXT.fullmatch(text):
            return INT
        if FLOAT_TEXT.fullmatch(text):
            return FLOAT
        if TIME_TEXT.fullmatch(text):
            return TIME
    return STR


def number(text: str, *, whole: bool) -> int | float | OddNumber | None:
    """The number that a text of tag `!!int` (`whole`) or `!!float` is, or `None` if it is none."""
    if whole and DECIMAL.fullmatch(text):
        return int(text)
    if whole and INT_TEXT.fullmatch(text):
        return OddNumber(text)
    if FLOAT_TEXT.fullmatch(text):
        plain = text.replace("_", "").lower()
        return float(plain.replace(".inf", "inf").replace(".nan", "nan"))
    return None
