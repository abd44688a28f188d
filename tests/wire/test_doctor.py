"""What the operator reads: `doctor`, `invite`, and a `run` that cannot begin. Each command is a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import discord
import pytest

from bot.demo.local_discord import MEMBER_PERMISSIONS, Guild, Intent, LocalDiscord, Permission
from bot.demo.local_gemini import LocalGemini
from wire.ready_interpreter import Finished, ReadyInterpreter
from wire.town import API_KEY, environment_of

NOBODY = "http://127.0.0.1:9"
"""The port of a service that no machine has run for decades."""

NO_INTENTS = Intent(0)


@pytest.fixture
async def server() -> AsyncIterator[LocalDiscord]:
    async with LocalDiscord() as server:
        yield server
        assert server.unknown_requests == []


@pytest.fixture
async def gemini() -> AsyncIterator[LocalGemini]:
    async with LocalGemini(api_key=API_KEY) as gemini:
        yield gemini


@pytest.fixture
def guild(server: LocalDiscord) -> Guild:
    return server.add_guild("Painters")


@pytest.fixture
def environment(server: LocalDiscord, gemini: LocalGemini) -> dict[str, str]:
    return environment_of(server, gemini)


async def test_doctor_says_of_each_thing_that_it_is_well(
    guild: Guild, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run("doctor", folder=tmp_path, environment=environment)

    assert finished.code == 0
    assert [line.split()[:2] for line in finished.lines] == [
        ["ok", "settings"],
        ["ok", "database"],
        ["ok", "gemini"],
        ["ok", "discord"],
    ]
    assert finished.errors == ""
    assert (tmp_path / "data" / "identity-bot.db").exists()


async def test_doctor_finds_a_wrong_database_key_and_token(
    guild: Guild, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")
    wrong = {"GEMINI_API_KEY": "a-wrong-key", "DISCORD_TOKEN": "a-wrong-token"}

    finished = await identity_bot.run("doctor", folder=tmp_path, environment=environment | wrong)

    said = troubles(finished)
    assert "sqlite+aiosqlite:///data/identity-bot.db cannot be opened" in said["database"]
    assert "check DATABASE_URL" in said["database"]
    assert "API key is not valid" in said["gemini"]
    assert "check GEMINI_API_KEY" in said["gemini"]
    assert "token is not accepted" in said["discord"]
    assert "copy DISCORD_TOKEN anew" in said["discord"]
    assert "a-wrong" not in finished.output


async def test_doctor_finds_an_unwritable_folder_an_unknown_model_and_an_intent_that_is_not_granted(
    guild: Guild, server: LocalDiscord, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    server.grant_intents(NO_INTENTS)
    wrong = {"DATABASE_URL": "sqlite+aiosqlite:////proc/identity-bot/bot.db", "GEMINI_MODEL": "gemini-crayon"}

    finished = await identity_bot.run("doctor", folder=tmp_path, environment=environment | wrong)

    said = troubles(finished)
    assert "/proc/identity-bot/bot.db cannot be opened" in said["database"]
    assert "folder can be written to" in said["database"]
    assert "does not know the model" in said["gemini"]
    assert "GEMINI_MODEL" in said["gemini"]
    assert "message-content intent is not switched on" in said["discord"]
    assert "DISCORD_MESSAGE_CONTENT=false" in said["discord"]


async def test_doctor_finds_a_shape_that_the_model_does_not_offer(
    guild: Guild, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run(
        "doctor", folder=tmp_path, environment=environment | {"IMAGE_ASPECT_RATIO": "17:3"}
    )

    said = troubles(finished)
    assert list(said) == ["gemini"]
    assert "gemini-nano-banana-2.1 makes no pictures with the ratio 17:3" in said["gemini"]


async def test_doctor_names_the_server_that_does_not_grant_enough(
    guild: Guild, server: LocalDiscord, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    """The intent is not granted either, and not asked for."""
    server.grant_intents(NO_INTENTS)
    lacking = Permission.ATTACH_FILES | Permission.CREATE_PRIVATE_THREADS
    server.add_guild("Sculptors", bot_permissions=MEMBER_PERMISSIONS & ~lacking)

    finished = await identity_bot.run(
        "doctor", folder=tmp_path, environment=environment | {"DISCORD_MESSAGE_CONTENT": "false"}
    )

    said = troubles(finished)
    assert list(said) == ["discord"]
    assert "Sculptors does not grant" in said["discord"]
    assert "attach_files" in said["discord"]
    assert "create_private_threads" in said["discord"]
    assert "read_message_history" not in said["discord"]
    assert "Painters" not in said["discord"]
    assert f"client_id={server.application_id}" in said["discord"]


async def test_doctor_tells_silence_from_a_wrong_setting(
    environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    silent = {
        "DISCORD_API_URL": NOBODY,
        "GEMINI_BASE_URL": NOBODY,
        "DATABASE_URL": "postgresql+asyncpg://me:hunter2@127.0.0.1:9/bot",  # asyncpg may be installed, or not
    }

    finished = await identity_bot.run("doctor", folder=tmp_path, environment=environment | silent)

    said = troubles(finished)
    assert "DATABASE_URL" in said["database"]
    assert "hunter2" not in finished.output
    assert "Gemini does not answer" in said["gemini"]
    assert "GEMINI_BASE_URL" in said["gemini"]
    assert "Discord does not answer" in said["discord"]
    assert "DISCORD_API_URL" in said["discord"]


async def test_doctor_misses_a_server_to_be_on(
    environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run("doctor", folder=tmp_path, environment=environment)

    assert "on no server yet" in troubles(finished)["discord"]
    assert "https://discord.com/" in troubles(finished)["discord"]


async def test_invite_prints_the_link_with_the_least_permissions(
    server: LocalDiscord, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run("invite", folder=tmp_path, environment=environment)

    assert finished.code == 0
    assert finished.errors == ""
    [link] = finished.lines
    asked = parse_qs(urlsplit(link).query)
    assert asked["client_id"] == [str(server.application_id)]
    assert set(asked["scope"][0].split()) == {"bot", "applications.commands"}
    assert discord.Permissions(int(asked["permissions"][0])) == discord.Permissions(
        view_channel=True,
        send_messages=True,
        send_messages_in_threads=True,
        create_public_threads=True,
        create_private_threads=True,
        attach_files=True,
        read_message_history=True,
    )


async def test_invite_without_a_token_that_is_accepted_or_without_discord_is_one_line(
    environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    wrong = {"DISCORD_TOKEN": "a-wrong-token"}

    refused = await identity_bot.run("invite", folder=tmp_path, environment=environment | wrong)
    silent = await identity_bot.run("invite", folder=tmp_path, environment=environment | {"DISCORD_API_URL": NOBODY})

    assert (refused.code, refused.output) == (2, "")
    [line] = refused.error_lines
    assert "DISCORD_TOKEN" in line
    assert (silent.code, silent.output) == (1, "")
    [line] = silent.error_lines
    assert "Discord does not answer" in line


@pytest.mark.parametrize("command", [[], ["run"], ["doctor"], ["invite"]])
async def test_missing_and_malformed_settings_are_one_line_that_names_them(
    command: list[str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run(
        *command, folder=tmp_path, environment={"GEMINI_API_KEY": "two words", "IMAGE_SIZE": "huge"}
    )

    assert finished.code == 2
    assert finished.output == ""
    [line] = finished.error_lines
    assert line.startswith("identity-bot: ")
    assert "DISCORD_TOKEN is missing" in line
    assert "GEMINI_API_KEY has spaces" in line
    assert "IMAGE_SIZE must look like 1K, 2K or 4K" in line
    assert "two words" not in line


async def test_run_with_a_token_that_is_not_accepted_is_one_line(
    environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    finished = await identity_bot.run(
        "run", folder=tmp_path, environment=quiet(environment, DISCORD_TOKEN="a-wrong-token")
    )

    assert finished.code == 2
    [line] = finished.error_lines
    assert "DISCORD_TOKEN is not accepted" in line
    assert "a-wrong-token" not in line


async def test_run_without_the_message_content_intent_is_one_line(
    server: LocalDiscord, environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    server.grant_intents(NO_INTENTS)

    finished = await identity_bot.run("run", folder=tmp_path, environment=quiet(environment))

    assert finished.code == 2
    [line] = finished.error_lines
    assert "message-content intent" in line
    assert "DISCORD_MESSAGE_CONTENT=false" in line


async def test_run_without_discord_or_without_its_database_is_one_line(
    environment: dict[str, str], tmp_path: Path, identity_bot: ReadyInterpreter
) -> None:
    (tmp_path / "data").write_text("a file where the folder should be")

    silent = await identity_bot.run("run", folder=tmp_path, environment=quiet(environment, DISCORD_API_URL=NOBODY))
    homeless = await identity_bot.run("run", folder=tmp_path, environment=quiet(environment))

    assert (silent.code, homeless.code) == (1, 1)
    [line] = silent.error_lines
    assert "Discord does not answer" in line
    [line] = homeless.error_lines
    assert "database cannot be opened" in line
    assert "identity-bot doctor" in line


def troubles(finished: Finished) -> dict[str, str]:
    """What doctor says of each thing that is not well, and how to mend it, by the thing."""
    assert finished.code == 1
    assert finished.errors == ""
    said = {}
    failed = [number for number, line in enumerate(finished.lines) if line.startswith("FAILED")]
    for number in failed:
        mend = finished.lines[number + 1].strip()
        assert mend.startswith("To mend it: ")
        said[finished.lines[number].split()[1]] = f"{finished.lines[number]} {mend}"
    well = [line for line in finished.lines if line.startswith("ok")]
    assert len(finished.lines) == len(well) + 2 * len(failed)
    return said


def quiet(environment: dict[str, str], **changes: str) -> dict[str, str]:
    """Without the lines of the log that say what goes well."""
    return environment | {"LOG_LEVEL": "ERROR"} | changes
