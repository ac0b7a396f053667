"""Plain data as JSON and YAML text: sorted keys, ASCII only, the same bytes every time."""

from __future__ import annotations

import json
import sys

from netproof.reports.data import Data


def json_text(data: Data) -> str:
    """The data as indented JSON; what is not ASCII is escaped, so no name can steer a terminal.

    Neither is a name a command to a runner that logs it (`reports.words.safe`).
    """
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True)
    # Such a text stands in strings only, as `#` stands nowhere else.
    return text.replace("##[", "\\u0023#[") + "\n"


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
