"""What every HTML page that needs no network is made of."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any


def document(title: str, style: str, body: Iterable[str]) -> str:
    """A page of its own: the title is text, style and body are markup."""
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{escape(title)}</title><style>{style}</style>'
    return f'<!doctype html>\n<html lang="en"><head>{head}</head>\n<body>\n' + "\n".join(body) + "\n</body></html>\n"


def provenance_details(provenance: Mapping[str, Any]) -> str:
    """Where a result comes from, folded away."""
    text = json.dumps(provenance, indent=1, ensure_ascii=False)
    return f"<details><summary>Where this comes from</summary><pre>{escape(text)}</pre></details>"
