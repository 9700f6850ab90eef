"""What no answer may say (P17): anything from inside the service. Held of every answer that a test is given."""

import re
from typing import Final
from urllib.parse import unquote_plus

import httpx
import orjson

from billing.domain.errors import ErrorCode

SECRETS: Final = r"a(?:nother)? secret of the"
"""How the secrets of all tests begin."""
TOKEN_OF_THE_DEMO: Final = r'"token":"'
"""What a token may stand behind: the demo hands them out."""

_INSIDE: Final = re.compile(
    "|".join(
        (
            r"Traceback",
            r'File \\?"',
            r" object at 0x",
            r"<(?:class|function|coroutine|module) ",
            r"\b(?:Key|Type|Value|Attribute|Index|Recursion|Assertion|Runtime|Unicode\w*|Timeout|OS|Connection\w*)Error\b",
            r"\b(?:Integrity|Programming|Operational|Interface|Internal|Data|DBAPI|Postgres)Error\b",
            r"\bGraphQL(?:Error|Syntax|Schema|Object|Scalar|Enum|Input|Interface|Union|List|NonNull|Field|Argument)\w*",
            r"\b\w+(?:Node|Visitor|Rule) \w* ?at \d",
            r"NoneType|RecursionError|maximum recursion depth",
            r"asyncpg|sqlalchemy|psycopg|starlette|strawberry|uvicorn|graphql[-_.]core|orjson|pydantic|aiodataloader",
            r"site-packages|\.py\b|\bline \d+, in ",
            r"/(?:work|home|root|tmp|usr|opt|var)/\w",
            r'(?:relation|column|constraint|role|database|schema) \\?"',
            r"\b(?:SELECT|DELETE)\b[^{}]{1,400}(?:\b|\\n)FROM\b|\bINSERT INTO\b|\bUPDATE \w+ SET\b",
            r"\bpg_\w+|\bSQLSTATE\b|\[SQL:|postgres(?:ql)?(?:\+\w+)?://|\bbilling_(?:service|scoped)\b",
            rf"(?<!{TOKEN_OF_THE_DEMO})eyJ[\w-]{{10,}}\.[\w-]+\.",
            SECRETS,
        )
    )
)


def leaked(answer: str, sent: str) -> str | None:
    """The first thing from inside that an answer says; what the request itself said is no leak."""
    said_before = sent.replace("\\", "")
    for found in _INSIDE.finditer(answer):
        if found[0].replace("\\", "") not in said_before:
            return answer[max(0, found.start() - 100) : found.end() + 100]
    return None


async def assert_says_nothing_of_the_inside(response: httpx.Response) -> None:
    """A hook for clients: the answer's headers and body tell nothing, and its errors tell what errors must."""
    body = (await response.aread()).decode("utf-8", "replace")
    headers = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
    assert (found := leaked(f"{headers}\n{body}", _sent(response.request))) is None, (
        f"what is inside is told: …{found}…"
    )
    if response.request.url.path == "/graphql" and "json" in response.headers.get("content-type", ""):
        _assert_errors_are_told(orjson.loads(body) if body else {})


def _sent(request: httpx.Request) -> str:
    try:
        body = request.content.decode("utf-8", "replace")
    except httpx.RequestNotRead:
        body = ""  # It was streamed, and is gone.
    return f"{unquote_plus(str(request.url))}\n{body}"


def _assert_errors_are_told(answer: object) -> None:
    """Each top-level error has a code of ours, a text, and the correlation id."""
    for error in answer.get("errors", []) if isinstance(answer, dict) else []:
        extensions = error["extensions"]
        assert extensions["code"] in set(ErrorCode), error
        assert error["message"], error
        assert re.fullmatch("[0-9a-f]{32}", extensions["correlationId"]), error
