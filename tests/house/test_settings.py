"""What the environment may say, and what the service answers when it says something wrong."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from billing.settings import (
    InvalidSettingsError,
    Settings,
    default_data_dir,
    development_secret,
    make_folder,
    read_settings,
)

SECRET = "0123456789abcdef" * 2


@pytest.fixture(autouse=True)
def _environment_of_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)


def settings(monkeypatch: pytest.MonkeyPatch, **variables: str) -> Settings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return read_settings()


def refusal(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    with pytest.raises(InvalidSettingsError) as refused:
        settings(monkeypatch, **variables)
    return str(refused.value)


def test_without_an_environment_it_is_a_demo_on_this_machine_only() -> None:
    read = read_settings()

    assert (read.environment, read.demo, read.host, read.port) == ("development", True, "127.0.0.1", 8000)
    assert read.database_url is None
    assert read.time_zone == "UTC"
    assert (read.payment_terms_days, read.page_size_default, read.page_size_max) == (30, 25, 100)
    assert (read.pool_size, read.pool_timeout_seconds, read.statement_timeout_seconds) == (10, 3, 5)
    assert (read.lock_timeout_seconds, read.idle_in_transaction_timeout_seconds) == (2, 10)
    assert (read.request_timeout_seconds, read.integrity_check_timeout_seconds) == (10, 900)


def test_every_setting_says_what_it_is_for() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_settings_do_not_change() -> None:
    with pytest.raises(ValidationError):
        read_settings().port = 1


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, DATABASE_URL="", PORT="").port == 8000


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("postgres://u:p@db:5433/billing", "postgresql+asyncpg://u:p@db:5433/billing"),
        ("postgresql://u@db/billing", "postgresql+asyncpg://u@db/billing"),
        ("postgresql+asyncpg://u@db/billing", "postgresql+asyncpg://u@db/billing"),
        ("postgresql://u:p%40ss@db/billing", "postgresql+asyncpg://u:p%40ss@db/billing"),
        ("postgresql://u@db/billing?sslmode=require", "postgresql+asyncpg://u@db/billing?ssl=require"),
        ("postgresql://u@/billing?host=/run/pg", "postgresql+asyncpg://u@/billing?host=%2Frun%2Fpg"),
    ],
)
def test_a_database_url_is_read_as_one_of_asyncpg(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    assert settings(monkeypatch, DATABASE_URL=given).database_url == used


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        ("mysql://u:hunter2@db/billing", "starts with postgresql://"),
        ("postgresql+psycopg://u:hunter2@db/billing", "starts with postgresql://"),
        ("sqlite:///billing.db", "starts with postgresql://"),
        ("postgresql://u:hunter2@db", "name the database after the host"),
        ("postgresql://u:hunter2@db:port/billing", "write it as postgresql://"),
        ("hunter2", "write it as postgresql://"),
    ],
)
def test_another_database_is_refused_without_showing_the_password(
    monkeypatch: pytest.MonkeyPatch, given: str, advice: str
) -> None:
    text = refusal(monkeypatch, DATABASE_URL=given)

    assert text.startswith("DATABASE_URL: ")
    assert advice in text
    assert "hunter2" not in text
    assert len(text.splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "advice"),
    [
        ("PORT", "65536", "less than or equal to 65535"),
        ("PORT", "eighty", "valid integer"),
        ("TIME_ZONE", "Europe/Atlantis", "IANA"),
        ("TIME_ZONE", "../../etc/passwd", "IANA"),
        ("TIME_ZONE", "Europe", "IANA"),
        ("PAYMENT_TERMS_DAYS", "-1", "greater than or equal to 0"),
        ("ENVIRONMENT", "staging", "'development' or 'production'"),
        ("DEMO", "maybe", "valid boolean"),
        ("JWT_SECRET", "short", "32 bytes or more"),
        ("JWKS", "http://issuer.example/keys", "use https"),
        ("JWKS", "http://127.0.0.1.example/keys", "use https"),
        ("JWKS", "ftp://issuer.example/keys", "https://host/path"),
        ("JWKS", "https:///keys", "https://host/path"),
        ("JWKS", "https://user:hunter2@issuer.example/keys", "https://host/path"),
        ("JWKS", "https://[::1/keys", "https://host/path"),
        ("JWKS", "https://issuer.example:99999/keys", "https://host/path"),
        ("JWT_ALGORITHMS", "HS256", "'RS256', 'ES256' or 'EdDSA'"),
        ("JWT_ALGORITHMS", "RS256,none", "'RS256', 'ES256' or 'EdDSA'"),
        ("JWT_ALGORITHMS", ",", "at least 1"),
        ("USER_CACHE_SECONDS", "31", "less than or equal to 30"),
        ("USER_CACHE_SECONDS", "-1", "greater than or equal to 0"),
        ("USER_CACHE_SECONDS", "nan", "less than or equal to 30"),
        ("POOL_SIZE", "0", "greater than or equal to 1"),
        ("LOCK_TIMEOUT_SECONDS", "0", "greater than 0"),
        ("STATEMENT_TIMEOUT_SECONDS", "inf", "less than or equal to 300"),
        ("STATEMENT_TIMEOUT_SECONDS", "nan", "less than or equal to 300"),
        ("PAGE_SIZE_MAX", "1001", "less than or equal to 1000"),
        ("LOG_LEVEL", "LOUD", "'DEBUG'"),
    ],
)
def test_a_wrong_value_is_refused_by_name_with_what_to_do(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, advice: str
) -> None:
    text = refusal(monkeypatch, **{name: value})

    assert text.startswith(f"{name}: ")
    assert advice in text


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    text = refusal(monkeypatch, PORT="x", POOL_SIZE="x")

    assert [line.split(":")[0] for line in text.splitlines()] == ["PORT", "POOL_SIZE"]


def test_the_default_page_cannot_exceed_the_largest(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "PAGE_SIZE_DEFAULT" in refusal(monkeypatch, PAGE_SIZE_MAX="10")


def test_production_takes_tokens_of_an_issuer_only(monkeypatch: pytest.MonkeyPatch) -> None:
    production = {"ENVIRONMENT": "production", "JWKS": "https://issuer.example/keys"}

    assert refusal(monkeypatch, ENVIRONMENT="production").startswith("JWKS is missing: ")
    assert "DEMO" in refusal(monkeypatch, **production, DEMO="true")
    assert refusal(monkeypatch, **production, DEMO="", JWT_SECRET=SECRET).startswith("JWT_SECRET is set in production")
    assert settings(monkeypatch, JWT_SECRET="").demo is False


@pytest.mark.parametrize(
    ("given", "used"),
    [
        ("https://issuer.example/keys?v=2", "https://issuer.example/keys?v=2"),
        ("http://127.0.0.1:8080/keys", "http://127.0.0.1:8080/keys"),
        ("http://[::1]/keys", "http://[::1]/keys"),
        ("/etc/billing/keys.json", "/etc/billing/keys.json"),
        ("keys.json", str(Path.cwd() / "keys.json")),
    ],
)
def test_keys_are_read_from_an_address_or_a_file(monkeypatch: pytest.MonkeyPatch, given: str, used: str) -> None:
    assert settings(monkeypatch, JWKS=given).jwks == used


def test_lists_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings(
        monkeypatch,
        JWT_ALGORITHMS="ES256, EdDSA",
        CORS_ORIGINS="https://a.example,http://localhost:3000,http://[::1]:81",
    )

    assert read.jwt_algorithms == ("ES256", "EdDSA")
    assert read.cors_origins == ("https://a.example", "http://localhost:3000", "http://[::1]:81")
    assert settings(monkeypatch, JWT_ALGORITHMS="", CORS_ORIGINS="").cors_origins == ()
    assert read_settings().jwt_algorithms == ("RS256", "ES256", "EdDSA")


@pytest.mark.parametrize(
    "origin",
    [
        "*",
        "null",
        "https://a.example/",
        "https://a.example/page",
        "https://a.example?q",
        "https://a.example#f",
        "https://A.example",
        "HTTPS://a.example",
        "https://a.example:443",
        "http://a.example:80",
        "https://a.example:99999",
        "https://user@a.example",
        "https://*.example",
        "https://ä.example",
        "https://",
        "a.example",
        "ftp://a.example",
    ],
)
def test_an_origin_that_no_browser_sends_is_refused(monkeypatch: pytest.MonkeyPatch, origin: str) -> None:
    text = refusal(monkeypatch, CORS_ORIGINS=f"https://good.example,{origin}")

    assert text.startswith("CORS_ORIGINS: write each origin as browsers send it, ")
    assert "no slash at the end" in text
    assert "no *" in text


def test_the_demo_is_for_development_whatever_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, DATABASE_URL="postgresql://u@db/billing").demo is True
    assert settings(monkeypatch, DEMO="false").demo is False


def test_secrets_do_not_show_in_logs(monkeypatch: pytest.MonkeyPatch) -> None:
    read = settings(monkeypatch, JWT_SECRET=SECRET, DATABASE_URL="postgresql://u:hunter2@db/billing")

    assert SECRET not in repr(read)
    assert "hunter2" not in repr(read)


def test_log_levels_may_be_written_small(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings(monkeypatch, LOG_LEVEL="warning").log_level == "WARNING"


def test_an_ordinary_user_keeps_data_in_the_working_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert default_data_dir() == tmp_path / ".data"


def test_root_keeps_data_outside_of_every_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    here = tmp_path / "my checkout"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setattr(os, "geteuid", lambda: 0)

    assert default_data_dir().parent == Path("/var/lib/internal-billing")
    assert default_data_dir().name.startswith("my-checkout-")


def test_a_relative_data_dir_is_meant_from_where_the_service_starts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)

    assert settings(monkeypatch, DATA_DIR="here").data_dir == tmp_path / "here"


def test_the_development_secret_is_made_once_and_for_ourselves_alone(tmp_path: Path) -> None:
    read = _development(tmp_path / "deep" / "data")

    with ThreadPoolExecutor(8) as threads:
        found = {secret.get_secret_value() for secret in threads.map(development_secret, [read] * 32)}

    (secret,) = found
    assert len(secret) >= 32
    assert (read.data_dir / "development.secret").stat().st_mode & 0o777 == 0o600
    assert [file.name for file in read.data_dir.iterdir()] == ["development.secret"]


def test_a_given_secret_goes_before_the_generated_one(tmp_path: Path) -> None:
    read = _development(tmp_path / "data", jwt_secret=SECRET)

    assert development_secret(read).get_secret_value() == SECRET
    assert not read.data_dir.exists()


def test_a_damaged_development_secret_is_named(tmp_path: Path) -> None:
    (tmp_path / "development.secret").write_text("cut")

    with pytest.raises(InvalidSettingsError, match=r"development\.secret is damaged: remove it"):
        development_secret(_development(tmp_path))


def test_folders_are_closed_to_others_but_root_lets_them_pass(tmp_path: Path) -> None:
    made = make_folder(tmp_path / "a" / "b")

    assert {folder.stat().st_mode & 0o777 for folder in (made, made.parent)} == {0o711 if os.geteuid() == 0 else 0o700}


def _development(data_dir: Path, **values: Any) -> Settings:
    return Settings.model_validate({"data_dir": data_dir, **values})
