"""Plain data as JSON and YAML text: sorted keys, ASCII only, the same bytes every time."""

from __future__ import annotations

import json

from netproof.reports.data import Data


def json_text(data: Data) -> str:
    """The data as indented JSON; what is not ASCII is escaped, so no name can steer a terminal.

    Neither is a name a command to a runner that logs it (`reports.words.safe`).
    """
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=True)
    # Such a text stands in strings only, as `#` stands nowhere else.
    return text.replace("##[", "\\u0023#[") + "\n"


def yaml_text(data: Data) -> str:
    """The same data as YAML, without anchors."""
    import yaml  # noqa: PLC0415 (only where YAML is asked for)

    class Plain(yaml.SafeDumper):
        def ignore_aliases(self, data: object) -> bool:
            return True

    return yaml.dump(data, Dumper=Plain, sort_keys=True, allow_unicode=False, width=100)
