"""The page on which people read the OpenAPI document: plain HTML made on the server, without a script, offline."""

import base64
import hashlib
from importlib import resources
from typing import Any

from billing.web.rest.page.sections import contents, errors, operation, schema
from billing.web.rest.page.texts import escaped, prose

_STYLE = (resources.files(__package__) / "page.css").read_text(encoding="utf-8")
_DIGEST = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

POLICY = (
    f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing is fetched, nothing runs; only the style that stands in the page is used."""


def html(api: dict[str, Any]) -> str:
    """The page of an OpenAPI document."""
    info, schemas = api["info"], api["components"]["schemas"]
    operations = [(path, method, it) for path, item in api["paths"].items() for method, it in item.items()]
    parts = [
        f"<h1>{escaped(info['title'])} <small>REST, version {escaped(info['version'])}</small></h1>",
        prose(info["description"]),
        '<p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>',
        *(operation(api, path, method, it) for path, method, it in operations),
        errors(api),
        '<section id="schemas"><h2>Schemas</h2>',
        *(schema(name, it) for name, it in schemas.items()),
        "</section>",
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escaped(info['title'])}: REST</title><style>{_STYLE}</style></head>"
        f"<body>{contents(operations, list(schemas))}<main>{''.join(parts)}</main></body></html>"
    )
