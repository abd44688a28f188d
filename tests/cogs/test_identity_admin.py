"""What moderators do for a member."""

from __future__ import annotations

import discord
import pytest
from simcord.backend.errors import SetupError

from bot.domain import Place, RawPhoto
from bot.services.orders import PictureOrder
from stage import BLUE, GREEN, Stage, chat_of, meanwhile, photo, pictures, said


async def member_with_photo(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo(GREEN)))
    await stage.alice.slash(stage.studio, "identities create", name="The Artist", description="paints all day")


async def test_a_moderator_starts_a_chat_with_the_members_identity_and_photos(stage: Stage) -> None:
    await member_with_photo(stage)

    result = await stage.mona.slash(stage.studio, "identity-admin start", user=stage.alice, identity="the artist")

    assert result.ephemeral
    assert stage.thread.mention in said(result)
    (first,) = pictures(stage.thread)
    assert stage.alice.mention in first.content
    async with stage.database.snapshot() as repos:
        chat = await repos.chats.of_user(stage.alice.id)
        assert chat is not None
        (turn,) = await repos.turns.path(chat.head_turn_id)
    assert turn.by_moderator
    assert turn.asked_by == stage.mona.id
    await stage.alice.send(stage.thread, "warmer")
    assert len(pictures(stage.thread)) == 2


async def test_a_moderator_continues_a_members_chat(stage: Stage) -> None:
    await stage.start()

    await stage.mona.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="make it sepia")

    _, second = pictures(stage.thread)
    assert f"asked by {stage.mona.mention}" in second.content
    assert "make it sepia" in second.content


async def test_start_chat_missing_user(stage: Stage) -> None:
    result = await stage.mona.slash(
        stage.studio,
        "identity-admin start",
        user=stage.bob,
        identity="The Artist",
        description="paints",
        photo1=("bob.png", photo(BLUE)),
    )

    assert "never used me" in said(result)
    assert stage.studio.threads == []
    async with stage.database.snapshot() as repos:
        assert not await repos.users.exists(stage.bob.id)


async def test_start_for_a_member_without_photos_says_so(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Artist", description="paints")

    result = await stage.mona.slash(stage.studio, "identity-admin start", user=stage.alice, identity="The Artist")

    assert "no photos stored" in said(result)
    assert stage.studio.threads == []


async def test_continue_chat_missing_user(stage: Stage) -> None:
    result = await stage.mona.slash(stage.studio, "identity-admin continue", user=stage.bob, prompt="warmer")

    assert "never used me" in said(result)


async def test_continue_for_a_member_without_a_chat_says_so(stage: Stage) -> None:
    await member_with_photo(stage)

    result = await stage.mona.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="warmer")

    assert "has no chat" in said(result)


@pytest.mark.parametrize("command", ["start", "continue", "show", "end"])
async def test_admin_commands_are_not_there_for_members(stage: Stage, command: str) -> None:
    assert f"identity-admin {command}" not in stage.bob.available_commands(stage.studio)
    assert f"identity-admin {command}" in stage.mona.available_commands(stage.studio)


async def test_admin_start_chat_requires_admin(stage: Stage) -> None:
    await member_with_photo(stage)

    with pytest.raises(SetupError):
        await stage.bob.slash(stage.studio, "identity-admin start", user=stage.alice, identity="The Artist")

    assert stage.studio.threads == []
    assert stage.gemini.requests == []


async def test_admin_continue_chat_requires_admin(stage: Stage) -> None:
    await stage.start()

    with pytest.raises(SetupError):
        await stage.bob.slash(stage.studio, "identity-admin continue", user=stage.alice, prompt="warmer")

    assert len(pictures(stage.thread)) == 1


async def test_a_member_never_reaches_anothers_chat_by_their_own_command(stage: Stage) -> None:
    await stage.start()

    result = await stage.bob.slash(stage.thread, "identity continue", prompt="make it blue")

    assert "/identity start" in said(result)
    assert len(pictures(stage.thread)) == 1


async def test_a_moderator_has_no_power_over_a_chat_on_another_server(stage: Stage) -> None:
    await stage.start()
    elsewhere = stage.env.create_guild("Elsewhere")
    office = elsewhere.create_text_channel("office")
    alice = elsewhere.add_member(stage.alice.user)
    role = elsewhere.create_role("Mods", permissions=discord.Permissions(manage_guild=True))
    otto = elsewhere.add_member(stage.env.create_user("otto"), roles=[role])

    answers = [
        said(await otto.slash(office, f"identity-admin {command}", user=alice, **options))
        for command, options in (
            ("continue", {"prompt": "blue"}),
            ("undo", {}),
            ("show", {}),
            ("history", {}),
            ("delete-picture", {"version": "v1"}),
            ("end", {}),
        )
    ]

    assert all("never used me here" in answer for answer in answers)
    assert len(pictures(stage.thread)) == 1
    assert await chat_of(stage, stage.alice) is not None


async def test_a_moderator_elsewhere_learns_nothing_of_a_first_picture_under_way(stage: Stage) -> None:
    elsewhere = stage.env.create_guild("Elsewhere")
    office = elsewhere.create_text_channel("office")
    role = elsewhere.create_role("Mods", permissions=discord.Permissions(manage_guild=True))
    otto = elsewhere.add_member(stage.env.create_user("otto"), roles=[role])
    stage.gemini.hold()
    source = stage.env.backend.snowflake()
    await stage.bot.services.identities.create(stage.alice.id, "The Artist", "paints")
    order = PictureOrder(
        user_id=stage.alice.id,
        asked_by=stage.alice.id,
        source_id=source,
        identity_name="The Artist",
        files=(RawPhoto("me.png", photo()),),
        guild_id=stage.guild.id,
    )

    async def in_the_studio(_name: str) -> Place:
        return Place(stage.guild.id, stage.studio.id, stage.studio.id)

    await stage.bot.services.chats.start_identity_image_chat(order, in_the_studio)
    shown = said(await meanwhile(stage, otto.slash(office, "identity-admin show", user=stage.alice.user)))
    choices = await otto.autocomplete(office, "identity-admin start", "identity", "", user=stage.alice.user)

    assert "never used me here" in shown
    assert choices == []


async def test_a_moderator_sees_and_ends_a_members_chat(stage: Stage) -> None:
    await stage.start()

    shown = await stage.mona.slash(stage.studio, "identity-admin show", user=stage.alice)
    await stage.mona.slash(stage.studio, "identity-admin end", user=stage.alice)

    assert "The Artist" in said(shown)
    assert await chat_of(stage, stage.alice) is None


async def test_autocomplete_offers_the_chosen_members_identities(stage: Stage) -> None:
    await member_with_photo(stage)

    choices = await stage.mona.autocomplete(stage.studio, "identity-admin start", "identity", "", user=stage.alice)

    assert [choice["name"] for choice in choices] == ["The Artist"]
