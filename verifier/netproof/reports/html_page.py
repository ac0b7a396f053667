"""Self-contained pages of HTML: nothing is loaded from anywhere, and no name is ever markup."""

from __future__ import annotations

import base64
import hashlib
import json
from importlib import resources


def page(name: str, data: object) -> str:
    """The template `name` with its style, its script, and the data that the script reads.

    The page's policy lets run that one script and style only, and no connection to anywhere.
    """
    style, script = (_template(f"{name}.{kind}") for kind in ("css", "js"))
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    parts = {"policy": policy, "style": style, "data": script_data(data), "script": script}
    text = _template(f"{name}.html")
    pieces = []
    for key, part in parts.items():
        before, _, text = text.partition(f"{{{{{key}}}}}")
        pieces += [before, part]
    return "".join((*pieces, text))


def script_data(data: object) -> str:
    """The data as JSON that may stand in a script element, whatever strings it holds."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _template(name: str) -> str:
    folder = resources.files("netproof.reports").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The text's digest as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
