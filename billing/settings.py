"""Everything that can be set: one typed, frozen object, read from the environment."""

import os
import re
import secrets
import zoneinfo
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

_SECRET_BYTES_MIN: Final = 32
_LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}

Algorithm = Literal["RS256", "ES256", "EdDSA"]


class InvalidSettingsError(Exception):
    """Settings that the service refuses to start with; the text names each variable and what to do."""


def _as_asyncpg(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):
        raise ValueError("write it as postgresql://user:password@host:5432/database") from None
    if url.drivername not in {"postgres", "postgresql", "postgresql+asyncpg"}:
        raise ValueError("only PostgreSQL is supported: it starts with postgresql://")
    if not url.database:
        raise ValueError("name the database after the host: postgresql://user:password@host:5432/database")
    query = {("ssl" if key == "sslmode" else key): value for key, value in url.query.items()}  # asyncpg's name for it.
    return url.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)


def _as_zone(value: str) -> str:
    try:
        zoneinfo.ZoneInfo(value)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("use the name of a time zone of the IANA database, such as Europe/Berlin or UTC") from None
    return value


def _as_secret(value: SecretStr) -> SecretStr:
    if len(value.get_secret_value().encode()) < _SECRET_BYTES_MIN:
        raise ValueError(f"give it {_SECRET_BYTES_MIN} bytes or more, for example from `openssl rand -hex 32`")
    return value


def _as_jwks(value: str) -> str:
    """An address as it is, a path from the root on."""
    if "://" not in value:
        return str(Path(value).absolute())
    try:
        url = urlsplit(value)
        is_one = url.scheme in _DEFAULT_PORTS and url.hostname and url.port != 0
    except ValueError:
        is_one = False
    if not is_one or url.username is not None or url.fragment:
        raise ValueError("write it as https://host/path, or as the path of a file")
    if url.scheme == "http" and url.hostname not in _LOOPBACK:
        raise ValueError(
            "keys that come over http can be replaced on the way: use https; http is for this machine only"
        )
    return value


def _as_origin(value: str) -> str:
    """An origin exactly as browsers send it, since that is what it is compared with."""
    try:
        url = urlsplit(value)
        port = "" if url.port in (None, _DEFAULT_PORTS.get(url.scheme)) else f":{url.port}"
    except ValueError:
        raise ValueError(_ORIGIN_ADVICE) from None
    host = f"[{url.hostname}]" if ":" in (url.hostname or "") else url.hostname
    plain = value.isascii() and "*" not in value
    if url.scheme not in _DEFAULT_PORTS or not host or not plain or value != f"{url.scheme}://{host}{port}":
        raise ValueError(_ORIGIN_ADVICE)
    return value


_ORIGIN_ADVICE: Final = (
    "write each origin as browsers send it, in small letters: https://host or https://host:port, with no path and no "
    "slash at the end, no port that goes without saying, and no *"
)


def _split(value: Any) -> Any:
    """A list in a variable is separated by commas."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def default_data_dir() -> Path:
    """`.data` in the working folder; under root outside every home, since PostgreSQL then runs as another account."""
    here = Path.cwd()
    if os.geteuid() != 0:
        return here / ".data"
    name = re.sub(r"[^A-Za-z0-9_-]+", "-", here.name).strip("-") or "root"
    return Path("/var/lib/internal-billing", f"{name}-{sha256(os.fsencode(here)).hexdigest()[:8]}")


class Settings(BaseSettings):
    """The settings of one process, each from the variable of its name in capitals; an empty one counts as not set."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, extra="ignore", hide_input_in_errors=True)

    database_url: Annotated[str, AfterValidator(_as_asyncpg)] | None = Field(
        default=None,
        repr=False,
        description="The PostgreSQL to use, as the owner of its tables, who migrates and seeds; "
        "without it the embedded one is started in DATA_DIR.",
    )
    service_database_url: Annotated[str, AfterValidator(_as_asyncpg)] | None = Field(
        default=None,
        repr=False,
        description="The same database as the login billing_service; in development by default DATABASE_URL with that "
        "name.",
    )
    scoped_database_url: Annotated[str, AfterValidator(_as_asyncpg)] | None = Field(
        default=None,
        repr=False,
        description="The same database as the login billing_scoped; in development by default DATABASE_URL with that "
        "name.",
    )
    data_dir: Annotated[Path, AfterValidator(Path.absolute)] = Field(
        default_factory=default_data_dir,
        description="Where the embedded PostgreSQL and the development secret are kept.",
    )
    environment: Literal["development", "production"] = Field(
        default="development", description="production refuses demo tokens and tokens of our own: it needs JWKS."
    )
    demo: bool = Field(
        default_factory=lambda read: read.get("environment") == "development",
        description="Demo data in an empty database, and demo tokens; by default in development.",
    )
    graphiql: bool = Field(
        default_factory=lambda read: read.get("environment") == "development",
        description="GraphiQL for browsers at the address of the graph; by default in development.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="The address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="The port to listen on; 0 takes a free one.")
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"], BeforeValidator(lambda v: v.upper() if isinstance(v, str) else v)
    ] = Field(default="INFO", description="The least level that is logged.")

    time_zone: Annotated[str, AfterValidator(_as_zone)] = Field(
        default="UTC", description="The organisation's time zone: it decides what day today is, and so what is overdue."
    )
    payment_terms_days: int = Field(
        default=30, ge=0, le=365, description="Days from issue to due date when the caller names none."
    )

    jwks: Annotated[str, AfterValidator(_as_jwks)] | None = Field(
        default=None,
        description="Where the public keys of the tokens' issuer are: an https address or the path of a file, in the "
        "form of a JWK set; production needs it.",
    )
    jwt_algorithms: Annotated[tuple[Algorithm, ...], NoDecode, BeforeValidator(_split)] = Field(
        default=("RS256", "ES256", "EdDSA"),
        min_length=1,
        description="The algorithms that tokens may be signed with where JWKS is set, separated by commas.",
    )
    jwt_secret: Annotated[SecretStr, AfterValidator(_as_secret)] | None = Field(
        default=None,
        description="The key of HS256 tokens, in development without JWKS only; by default one is generated and kept "
        "in DATA_DIR.",
    )
    jwt_issuer: str = Field(default="internal-billing", min_length=1, description="The `iss` that a token must have.")
    jwt_audience: str = Field(default="internal-billing", min_length=1, description="The `aud` that a token must have.")
    token_lifetime_hours: int = Field(default=12, ge=1, le=8760, description="How long a token made by us is valid.")
    user_cache_seconds: float = Field(
        default=30,
        ge=0,
        le=30,
        description="The longest that a user's role and division are remembered should the news of a change get lost; "
        "0 reads them for each request.",
    )
    cors_origins: Annotated[
        tuple[Annotated[str, AfterValidator(_as_origin)], ...], NoDecode, BeforeValidator(_split)
    ] = Field(
        default=(), description="The origins whose pages may call the service, separated by commas; by default none."
    )

    pool_size: int = Field(default=10, ge=1, le=200, description="Database connections of one process and login.")
    pool_timeout_seconds: float = Field(default=3, gt=0, le=60, description="The wait for a free connection.")
    statement_timeout_seconds: float = Field(default=5, gt=0, le=300, description="The time of one SQL statement.")
    lock_timeout_seconds: float = Field(default=2, gt=0, le=60, description="The wait for a row that another changes.")
    idle_in_transaction_timeout_seconds: float = Field(
        default=10, gt=0, le=300, description="The time that a transaction may do nothing."
    )
    request_timeout_seconds: float = Field(
        default=10,
        gt=0,
        le=300,
        description="The time of one operation with its SQL, and of what is under way when the service stops.",
    )
    integrity_check_timeout_seconds: float = Field(
        default=900, gt=0, le=86400, description="The time of a whole integrity check."
    )
    page_size_default: int = Field(default=25, ge=1, le=100, description="Rows of a list when the caller names none.")
    page_size_max: int = Field(default=100, ge=1, le=1_000, description="The most rows of one page of a list.")

    body_bytes_max: int = Field(default=262_144, ge=1024, le=16_777_216, description="The longest body of a request.")
    document_characters_max: int = Field(default=15_000, ge=100, le=1_000_000, description="The longest document.")
    document_tokens_max: int = Field(default=1_000, ge=10, le=100_000, description="The most tokens of a document.")
    depth_max: int = Field(default=12, ge=1, le=100, description="The most fields below each other in an operation.")
    aliases_max: int = Field(
        default=30, ge=0, le=1_000, description="The most aliases and repeated fields of an operation."
    )
    directives_max: int = Field(default=30, ge=0, le=1_000, description="The most directives of an operation.")
    operations_max: int = Field(default=5, ge=1, le=100, description="The most operations of a document.")
    cost_max: int = Field(default=10_000, ge=1, description="The most nodes that an operation may return.")
    errors_max: int = Field(default=20, ge=1, le=100, description="The most errors of an answer.")
    rate_cost_per_second: float = Field(
        default=1_000, gt=0, description="The nodes that a user may ask for in a second, in the long run."
    )
    rate_cost_burst: int = Field(default=20_000, ge=1, description="The nodes that a user may ask for at once.")
    persisted_queries_max: int = Field(
        default=1_000, ge=0, le=100_000, description="The most documents that are kept for automatic persisted queries."
    )
    engine: Literal["levels", "reference"] = Field(
        default="levels",
        description="How operations are run: level by level, or field by field by graphql-core; the answers are equal.",
    )
    trusted_documents_only: bool = Field(
        default=False, description="Only documents that `billing documents trust` listed are run."
    )

    header_bytes_max: int = Field(
        default=16_384, ge=1024, le=1_048_576, description="The longest header, and address, of a request."
    )
    headers_max: int = Field(default=100, ge=10, le=10_000, description="The most headers of a request.")
    header_timeout_seconds: float = Field(
        default=10, gt=0, le=300, description="The time in which the headers of a request must arrive."
    )
    body_timeout_seconds: float = Field(
        default=10, gt=0, le=300, description="The time in which the body must arrive, counted from its headers."
    )
    write_timeout_seconds: float = Field(
        default=20, gt=0, le=300, description="The time in which a client must take what waits to be sent to it."
    )
    keep_alive_timeout_seconds: float = Field(
        default=75, gt=0, le=3600, description="The time that a connection may wait for its next request."
    )
    connections_max: int = Field(default=10_000, ge=1, description="The most connections of one process.")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.page_size_default > self.page_size_max:
            raise ValueError("PAGE_SIZE_DEFAULT is above PAGE_SIZE_MAX: lower it.")
        if self.environment == "production" and self.demo:
            raise ValueError("DEMO is on in production, where anybody could take a demo token: unset it.")
        if self.environment == "production" and self.jwks is None:
            raise ValueError("JWKS is missing: production takes tokens of an issuer whose public keys it reads there.")
        if self.environment == "production" and self.jwt_secret is not None:
            raise ValueError(
                "JWT_SECRET is set in production, which takes no tokens made with a shared secret: unset it."
            )
        return self


def read_settings() -> Settings:
    """The settings of the environment. Raises InvalidSettingsError."""
    try:
        return Settings()
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidSettingsError("\n".join(_explain(faults))) from None


def _explain(faults: list[ErrorDetails]) -> Iterator[str]:
    """A line for each fault, without the value, which may be a secret."""
    for fault in faults:
        if fault["type"] == "default_factory_not_called":
            continue  # DEMO and GRAPHIQL are derived from a value that is wrong, and said so already.
        text = fault["msg"].removeprefix("Value error, ")
        if not fault["loc"]:
            yield text
            continue
        name = str(fault["loc"][0])
        yield f"{name.upper()}: {text[0].lower()}{text[1:]} ({Settings.model_fields[name].description})"


def make_folder(folder: Path) -> Path:
    """Make `folder` and its missing parents, closed to others; under root they may pass through, as PostgreSQL must."""
    for missing in reversed([path for path in (folder, *folder.parents) if not path.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
        if os.geteuid() == 0:
            missing.chmod(0o711)
    return folder


def development_secret(settings: Settings) -> SecretStr:
    """JWT_SECRET, or in development a generated one, kept in DATA_DIR for ourselves alone."""
    if settings.jwt_secret is not None:
        return settings.jwt_secret
    assert settings.environment == "development"
    kept = make_folder(settings.data_dir) / "development.secret"
    if not kept.exists():
        draft = kept.with_name(f"{kept.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(_SECRET_BYTES_MIN))
        with suppress(FileExistsError):  # Another process was quicker: its secret is everybody's.
            kept.hardlink_to(draft)
        draft.unlink()
    try:
        return _as_secret(SecretStr(kept.read_text().strip()))
    except ValueError:
        raise InvalidSettingsError(f"{kept} is damaged: remove it, and a new one is made.") from None
