"""Self-contained pages of HTML: nothing is loaded from anywhere, and no name is ever markup."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from collections.abc import Mapping
from importlib import resources


def page(name: str, data: object) -> str:
    """The template `name` with its style, its script, and the data that the script reads.

    The page's policy lets run that one script and style only, and no connection to anywhere.
    """
    return _filled(name, {"data": script_data(data)})


def document(name: str, title: str, summary: str, body: str) -> str:
    """The template `name` around a body that is markup already; title and summary are words."""
    words = {"title": html.escape(title), "summary": html.escape(summary), "body": body}
    return _filled(name, words)


def _filled(name: str, parts: Mapping[str, str]) -> str:
    """The template with its style, its script and the parts, each in its one or more places.

    The palette that begins the style is that of every page.
    """
    style = _template("palette.css") + _template(f"{name}.css")
    script = _template(f"{name}.js")
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    known = {**parts, "policy": policy, "style": style, "script": script}
    # Split once, so that no part is looked into for the names of others.
    pieces = re.split(r"{{(\w+)}}", _template(f"{name}.html"))
    return "".join(known[one] if place % 2 else one for place, one in enumerate(pieces))


def script_data(data: object) -> str:
    """The data as JSON that may stand in a script element, whatever strings it holds."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")


def _template(name: str) -> str:
    folder = resources.files("netproof.reports.html").joinpath("templates")
    return folder.joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """The text's digest as a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
