"""Texts that mean something to SQL, a shell, a template or a pattern, and must mean nothing here (B62, P19)."""

from random import Random
from typing import Final

from billing.domain.texts import disturbing_character, normalised_reference

COUNT: Final = 200
LENGTH_MAX: Final = 48

_QUOTES: Final = ["'", '"', "`", "''", "\\'", "';", "')", "'))", '"))', "$$", "$a$", "’", "＇", "E'", "U&'", "´"]
_ENDS: Final = ["--", "-- -", "#", "/*", "*/", ";", ";--", "", " ", "||'", "%", "\\"]
_MIDDLES: Final = [
    " OR 1=1 ", " OR '1'='1", " AND 1=0 ", " OR TRUE ", "; DROP TABLE users", "; DELETE FROM users ", "; COMMIT",
    "; ROLLBACK", "; SELECT pg_sleep(9)", " UNION SELECT 1", "||(SELECT 1)", "::int", " COLLATE x", " LIMIT 0",
    "; SET ROLE postgres", "; COPY users TO STDOUT", " IS NULL", "=ANY(ARRAY[1])", "||chr(39)", "; LISTEN x",
]  # fmt: skip
_WHOLE: Final = [
    "%", "_", "%%", "I%", "_T", "\\", "\\\\", "\\%", "\\_", "%s", "%d", "%(x)s", "%n", "{}", "{0}", "{x}", "{{7*7}}",
    "${7*7}", "#{7*7}", "<%= 7*7 %>", "$1", "$2::text", ":x", ":id", "::text", "?", "??", "@x", "@@version", "NULL",
    "null", "None", "true", "0", "-1", "1e1", "NaN", "Infinity", "' '", "[]", "[0]", "{1,2}", "(1,2)", "(", ")", "[",
    "]", "{", "}", ".*", "^", "$", "^.*$", "(?i)x", "[a-z]", "(a+)+$", "a{1,9}", "\\d", "\\0", "\\x00", "\\u0000",
    "%00", "%27", "&#39;", "$.x", "$[*]", "$.** ? (@ > 1)", "x.y", "->>'a'", "#>>'{a}'", "@>", "{\"a\": 1}",
    "<script>alert(1)</script>", "../../etc/passwd", "`id`", "$(id)", "|id", "; ls", "&& ls", "x'y", "O'Neil",
    "Ω≈ç√", "İstanbul", "ß", "ﬁ", "Å", "😀", "＇ OR 1=1", "IT", "it", "IT-", "USD", "LAPTOP", "Laptop", "admin'--",
    "sp_executesql", "xp_cmdshell", "current_user", "DEFAULT", "pg_catalog.version()", "E'\\047'", "U&'\\0027'",
]  # fmt: skip


def payloads() -> list[str]:
    """200 of them, the same each time; no two are one text once they are normalised, and no field refuses them."""
    random = Random("the payloads")
    found = dict.fromkeys(_WHOLE)
    while len(found) < 2 * COUNT:
        parts = (("", "x", "1", "IT"), _QUOTES, _MIDDLES, _ENDS)
        found["".join(random.choice(part) for part in parts)] = None
    by_reference = {normalised_reference(text): text for text in found if fits(text)}
    return list(by_reference.values())[:COUNT]


def fits(text: str) -> bool:
    return 1 <= len(text.strip()) <= LENGTH_MAX and disturbing_character(text) is None
