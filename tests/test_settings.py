"""Settings, and what is said when one is missing or malformed."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from bot.errors import InvalidSetting
from bot.settings import FixedSettings, Settings, load_settings

TOKEN, KEY = "the.discord.token", "the-gemini-key"
PASSWORD = "the-database-password"


@pytest.fixture(autouse=True)
def empty_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No variable of the one who runs the tests, and a folder without `.env`."""
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that holds what cannot be left out."""
    monkeypatch.setenv("DISCORD_TOKEN", TOKEN)
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    return monkeypatch


def complaint() -> str:
    """The sentence about settings that cannot be used."""
    with pytest.raises(InvalidSetting) as caught:
        load_settings()
    return caught.value.user_message


def test_each_field_is_read_from_its_name_in_capitals(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("GEMINI_CONCURRENCY", "3")
    environment.setenv("IMAGE_ASPECT_RATIO", "1:1")
    environment.setenv("DISCORD_MESSAGE_CONTENT", "false")
    environment.setenv("DISCORD_GATEWAY_URL", "ws://127.0.0.1:99")

    settings = load_settings()

    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.gemini_api_key.get_secret_value() == KEY
    assert settings.gemini_concurrency == 3
    assert settings.image_aspect_ratio == "1:1"
    assert settings.discord_message_content is False
    assert settings.discord_gateway_url == "ws://127.0.0.1:99"


@pytest.mark.parametrize("name", ["USER_PICTURES_A_DAY", "SERVER_PICTURES_A_DAY", "USD_A_DAY", "CHAT_IDLE_DAYS"])
def test_a_limit_is_a_number_or_none(environment: pytest.MonkeyPatch, name: str) -> None:
    environment.setenv(name, "7")
    seven = getattr(load_settings(), name.lower())
    environment.setenv(name, "none")
    nothing = getattr(load_settings(), name.lower())
    environment.setenv(name, "-1")

    assert seven == 7
    assert nothing is None
    assert complaint().startswith(f"{name} is malformed")


def test_every_setting_is_explained_in_the_example(environment: pytest.MonkeyPatch) -> None:
    lines = (Path(__file__).parents[1] / ".env.example").read_text().splitlines()
    shown = {line.lstrip("#").partition("=")[0] for line in lines if "=" in line and not line.startswith("# ")}

    assert shown == {name.upper() for name in Settings.model_fields}


def test_the_example_shows_the_defaults(environment: pytest.MonkeyPatch) -> None:
    lines = (Path(__file__).parents[1] / ".env.example").read_text().splitlines()
    given = dict(line[1:].split("=", 1) for line in lines if line.startswith("#") and "=" in line and line[1] != " ")
    before = load_settings()

    for name, value in given.items():
        environment.setenv(name, value)

    assert load_settings() == before


def test_what_is_not_set_is_as_documented(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()

    assert settings.gemini_model == "gemini-nano-banana-2.1"
    assert settings.database_url == "sqlite+aiosqlite:///data/identity-bot.db"
    assert (settings.image_aspect_ratio, settings.image_size) == ("16:9", "4K")
    assert settings.discord_api_url is None


def test_settings_are_read_from_a_file_and_the_environment_has_the_last_word(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={TOKEN}\nGEMINI_API_KEY='{KEY}'\nIMAGE_SIZE=1K\nLOG_LEVEL=ERROR\n")
    monkeypatch.setenv("IMAGE_SIZE", "2K")

    settings = load_settings()

    assert settings.discord_token.get_secret_value() == TOKEN
    assert settings.gemini_api_key.get_secret_value() == KEY
    assert (settings.image_size, settings.log_level) == ("2K", "ERROR")


def test_a_file_written_by_windows_editor_is_read_from_its_first_line(tmp_path: Path) -> None:
    text = f"DISCORD_TOKEN={TOKEN}\r\nGEMINI_API_KEY={KEY}\r\n"
    (tmp_path / ".env").write_bytes(b"\xef\xbb\xbf" + text.encode())

    assert load_settings().discord_token.get_secret_value() == TOKEN


def test_a_file_in_another_encoding_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes(f"DISCORD_TOKEN={TOKEN}".encode("utf-16"))

    assert complaint().startswith(".env cannot be read")


def test_nothing_is_read_from_a_file_when_none_is_wanted(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={TOKEN}\nGEMINI_API_KEY={KEY}\nIMAGE_SIZE=1K\n")

    settings = Settings(_env_file=None, discord_token="another", gemini_api_key="other")  # type: ignore[call-arg, arg-type]

    assert settings.discord_token.get_secret_value() == "another"
    assert settings.image_size == "4K"


def test_fixed_settings_read_neither_a_file_nor_the_environment(
    environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("IMAGE_SIZE=1K\n")
    environment.setenv("GEMINI_CONCURRENCY", "3")

    settings = FixedSettings(discord_token="another", gemini_api_key="other")  # type: ignore[arg-type]

    assert settings.discord_token.get_secret_value() == "another"
    assert (settings.image_size, settings.gemini_concurrency) == ("4K", 8)


def test_an_empty_value_is_as_if_it_were_not_set(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("GEMINI_BASE_URL=\nGEMINI_MODEL=\n")
    environment.setenv("IMAGE_SIZE", "")

    settings = load_settings()

    assert settings.gemini_base_url is None
    assert settings.gemini_model == "gemini-nano-banana-2.1"
    assert settings.image_size == "4K"


def test_a_missing_one_is_named_in_one_line(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DISCORD_TOKEN", "")

    assert complaint() == "DISCORD_TOKEN is missing (set it in .env or the environment)"


def test_several_faults_are_named_together_in_one_line(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("DISCORD_TOKEN")
    environment.setenv("GEMINI_CONCURRENCY", "eight")

    assert complaint().startswith("DISCORD_TOKEN is missing")
    assert "; GEMINI_CONCURRENCY is malformed: " in complaint()
    assert "\n" not in complaint()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("discord_token", "   "),
        ("discord_token", "Bot the.discord.token"),
        ("gemini_api_key", "the-key\n"),
        ("discord_api_url", "discord.com/api"),
        ("discord_gateway_url", "https://gateway"),
        ("discord_message_content", "perhaps"),
        ("gemini_model", "a model"),
        ("gemini_base_url", "localhost:8099"),
        ("gemini_api_version", "beta"),
        ("gemini_concurrency", "0"),
        ("gemini_max_request_bytes", "20 MB"),
        ("gemini_timeout_seconds", "-1"),
        ("gemini_timeout_seconds", "nan"),
        ("database_url", "data/bot.db"),
        ("database_url", "sqlite:///data/bot.db"),
        ("image_aspect_ratio", "16x9"),
        ("image_size", "4KK"),
        ("log_level", "LOUD"),
        ("log_format", "xml"),
    ],
)
def test_a_malformed_one_is_named_in_one_line(environment: pytest.MonkeyPatch, name: str, value: str) -> None:
    environment.setenv(name.upper(), value)

    assert complaint().startswith(f"{name.upper()} ")
    assert "\n" not in complaint()


def test_variables_of_other_programs_do_not_matter(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SOMEBODY_ELSES=1\n")

    assert load_settings().log_format == "console"


def test_secrets_stay_out_of_what_settings_look_like(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DATABASE_URL", f"postgresql+asyncpg://bot:{PASSWORD}@localhost/bot")
    settings = load_settings()

    looks = f"{settings!r} {settings} {settings.discord_token!r} {settings.gemini_api_key}"

    assert "gemini_model" in looks
    assert [secret for secret in (TOKEN, KEY, PASSWORD) if secret in looks] == []


@pytest.mark.parametrize("name", [":memory:", "file:bot?mode=memory&uri=true"])
def test_a_database_that_is_no_file_is_refused(environment: pytest.MonkeyPatch, name: str) -> None:
    """Each connection would have one of its own."""
    environment.setenv("DATABASE_URL", f"sqlite+aiosqlite:///{name}")

    assert "DATABASE_URL names no file" in complaint()


def test_secrets_stay_out_of_complaints(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("DISCORD_TOKEN", f"{TOKEN} twice")
    environment.setenv("DATABASE_URL", f"mysql://bot:{PASSWORD}@localhost/bot")

    with pytest.raises(ValidationError) as caught:
        Settings()  # type: ignore[call-arg]

    assert "DISCORD_TOKEN has spaces or line breaks in it" in complaint()
    assert [secret for secret in (TOKEN, PASSWORD) if secret in f"{complaint()} {caught.value}"] == []


def test_settings_cannot_be_changed_once_they_are_built(environment: pytest.MonkeyPatch) -> None:
    settings = load_settings()

    with pytest.raises(ValidationError):
        settings.image_size = "1K"
