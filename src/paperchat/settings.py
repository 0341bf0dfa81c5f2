"""Settings: environment variables over ``paperchat.toml`` (the working folder's, then the user's) over defaults."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from paperchat.errors import UsageError

CONFIG_FILE = "paperchat.toml"
_PREFIX = "PAPERCHAT_"
LogFormat = Literal["text", "json"]
WORKING_FOLDER_SETTINGS = frozenset({"llm_timeout", "lock_timeout", "reader"})
"""All that the working folder's file may set: it may be anyone's, and all else says where texts and keys are sent."""


def default_home() -> Path:
    """The platform's folder for the user's data."""
    return Path(platformdirs.user_data_dir("paperchat", appauthor=False))


def user_config_file() -> Path:
    """The ``paperchat.toml`` of the user, which may set everything."""
    return Path(platformdirs.user_config_dir("paperchat", appauthor=False)) / CONFIG_FILE


def working_folder_file() -> Path | None:
    """The ``paperchat.toml`` of the working folder, if there is one that is not the user's."""
    file = Path(CONFIG_FILE)
    if not file.is_file() or file.resolve() == user_config_file().resolve():
        return None
    return file.resolve()


class Settings(BaseModel):
    """What can be set, each as ``PAPERCHAT_<NAME>`` or in a ``paperchat.toml``.

    Arguments are over the environment, that over the working folder's file, and that over the user's.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path = Field(default_factory=default_home, description="folder of the library")
    embedder: str = Field("minilm", description="minilm, or provider:name")
    embedder_base_url: str = Field("", description="address of the embedder's server, where it has one")
    embedder_api_key: SecretStr = Field(SecretStr(""), description="key for the embedder's server")
    llm: str = Field("", description="language model as provider:name; empty, or extractive, for none")
    llm_base_url: str = Field("", description="address of the language model's server, where it has one")
    llm_api_key: SecretStr = Field(SecretStr(""), description="key for the language model's server")
    llm_timeout: float = Field(60.0, gt=0, description="seconds that a whole reply of the language model may take")
    reader: Literal["on", "off"] = Field("on", description="whether the embedded reader judges passages, or off")
    reranker: str = Field("", description="reranker as provider:name; empty for none")
    reranker_base_url: str = Field("", description="address of the reranker's server, where it is not the provider's")
    reranker_api_key: SecretStr = Field(SecretStr(""), description="key for the reranker's server")
    chroma_url: str = Field("", description="address of a Chroma server; empty for the embedded one")
    milvus_url: str = Field(
        "", description="address of a Milvus server for vectors and words; empty for the embedded indexes"
    )
    milvus_token: SecretStr = Field(SecretStr(""), description="token for the Milvus server, or USER:PASSWORD")
    database_url: SecretStr = Field(
        SecretStr(""),
        description="catalogue on PostgreSQL: postgresql+psycopg://USER:PASSWORD@HOST/NAME; empty for SQLite",
    )
    roles: str = Field("", description="roles of users named by a header, as name=role,name=role; others are readers")
    questions_per_minute: int = Field(30, ge=1, description="questions that a visitor of the window may ask a minute")
    upload_space: int = Field(5_000, ge=0, description="megabytes that all uploads of a visitor may take on disk")
    public_url: str = Field("", description="address of the window for its visitors, where a reverse proxy serves it")
    trusted_proxies: str = Field(
        "127.0.0.1,::1", description="addresses or networks of reverse proxies, with commas; others may not name users"
    )
    smtp_host: str = Field("", description="name of the server that mail is handed to; without one none is sent")
    smtp_port: int = Field(587, ge=1, le=65535, description="port of that server")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="encryption of the connection to that server: starttls, tls, or none"
    )
    smtp_user: str = Field("", description="user to log in with at that server, if it asks for one")
    smtp_password: SecretStr = Field(SecretStr(""), description="password of that user")
    mail_from: str = Field("", description="sender of mail: an address, or Name <address>; bounces go there")
    digest_hour: int = Field(6, ge=0, le=23, description="hour, local time, from which the digests of a day are due")
    log_format: LogFormat = Field("text", description="lines that a server writes: text, or json with each request")
    log_questions: bool = Field(False, description="whether logs and traces of a server have the questions it is asked")
    telemetry_endpoint: str = Field(
        "", description="address of an OpenTelemetry collector (OTLP over HTTP) for traces and metrics of a server"
    )
    private_addresses: bool = Field(False, description="whether papers may be fetched from the local network")
    lock_timeout: float = Field(30.0, ge=0, description="seconds to wait for another process that is writing")

    def __init__(self, **given: Any) -> None:
        files = [file for file in (user_config_file(), working_folder_file()) if file and file.is_file()]
        found: dict[str, Any] = {}
        for values in (*map(_read_file, files), _read_environment(), given):
            found |= values
        super().__init__(**found)


def load_settings(**overrides: Any) -> Settings:
    """Settings in force; ``overrides`` that are not ``None`` win.

    Raises:
        UsageError: a value that does not fit, or a ``paperchat.toml`` that cannot be read or may not set what it sets.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise UsageError(
            f"setting {name!r}: {first['msg']}; check {_PREFIX}{name.upper()} and {CONFIG_FILE}"
        ) from error


def _read_environment() -> dict[str, str]:
    variables = {name.lower(): value for name, value in os.environ.items() if value}
    named = {name: f"{_PREFIX}{name}".lower() for name in Settings.model_fields}
    return {name: variables[variable] for name, variable in named.items() if variable in variables}


def _read_file(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} is not valid TOML ({error}); mend or remove it") from error
    forbidden = sorted(values.keys() - WORKING_FOLDER_SETTINGS)
    if forbidden and file != user_config_file():
        raise UsageError(
            f"{file} may not set {forbidden[0]!r}, as a working folder may be anyone's: "
            f"set it in {user_config_file()} or as {_PREFIX}{forbidden[0].upper()}"
        )
    return values
