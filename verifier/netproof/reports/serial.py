"""Plain data as JSON and YAML text: ASCII only, the same bytes every time."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TypeVar

from netproof.reports.data import Data

R = TypeVar("R")


def json_text(data: Data) -> str:
    """The data as indented JSON; what is not ASCII is escaped, so no name can steer a terminal."""
    return without_orders(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True)) + "\n"


def data_formats(data_of: Callable[[R], Data]) -> dict[str, Callable[[R], str]]:
    """The two formats of plain data that is made of a report."""
    return {
        "json": lambda report: json_text(data_of(report)),
        "yaml": lambda report: yaml_text(data_of(report)),
    }


def json_line(value: object) -> str:
    """Plain data as JSON on one line, its keys in the order given."""
    return without_orders(json.dumps(value, ensure_ascii=True))


def without_orders(text: str) -> str:
    """The same JSON, no name in which is a command to a runner that logs it (`words.safe`)."""
    # `##[` stands in strings only, as `#` stands nowhere else; no line begins with `::`.
    return text.replace("##[", "\\u0023#[")


def yaml_text(data: Data) -> str:
    """The same data as YAML, without anchors; each value is on one line, so none begins one."""
    import yaml  # noqa: PLC0415 (only where YAML is asked for)

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    def text_node(dumper: Plain, text: str) -> yaml.ScalarNode:
        style = '"' if "\n" in text or "##[" in text else None
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style)

    Plain.add_representer(str, text_node)
    text = yaml.dump(data, Dumper=Plain, sort_keys=True, allow_unicode=False, width=sys.maxsize)
    return text.replace("##[", "\\x23#[")
