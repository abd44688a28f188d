"""Interactions: once, within three seconds, and until the token dies."""

import asyncio

import discord
import pytest
from discord import app_commands

from bot.demo.local_discord import (
    MODERATOR_PERMISSIONS,
    ApiError,
    Guild,
    Interaction,
    LocalDiscord,
    MiB,
    TextChannel,
    User,
)
from wire.local_discord.small_bot import SmallBot, file


@pytest.fixture
async def waiting(bot: SmallBot) -> asyncio.Queue[discord.Interaction]:
    """Interactions of the command `wait`, which the tests answer themselves."""
    arrived: asyncio.Queue[discord.Interaction] = asyncio.Queue()

    @bot.tree.command(description="Is answered by the test")
    @app_commands.default_permissions(manage_guild=True)
    async def wait(interaction: discord.Interaction) -> None:
        arrived.put_nowait(interaction)

    await bot.tree.sync()
    return arrived


@pytest.fixture
def moderator(guild: Guild) -> User:
    return guild.add_member("mod", permissions=MODERATOR_PERMISSIONS)


async def _call(
    moderator: User, channel: TextChannel, waiting: asyncio.Queue[discord.Interaction]
) -> tuple[Interaction, discord.Interaction]:
    asked = await moderator.slash(channel, "wait")
    return asked, await asyncio.wait_for(waiting.get(), 5)


async def test_answer_after_three_seconds_is_too_late(
    server: LocalDiscord, channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    server.clock.advance(3.1)

    with pytest.raises(discord.NotFound) as refused:
        await received.response.send_message("late")

    assert refused.value.code == 10062
    assert asked.did_not_respond
    assert isinstance(asked.error, ApiError)


async def test_second_answer_is_refused(
    channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    await received.response.send_message("once", file=file(100))

    with pytest.raises(discord.HTTPException) as refused:
        await discord.InteractionResponse(received).send_message("twice")

    assert refused.value.code == 40060
    assert [message.content for message in asked.messages] == ["once"]
    assert channel.messages[0].attachments[0].size == 100


async def test_token_dies_after_fifteen_minutes(
    server: LocalDiscord, channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    await received.response.defer(thinking=True)
    server.clock.advance(14 * 60)
    await received.edit_original_response(content="in time")
    server.clock.advance(2 * 60)

    for attempt in (received.edit_original_response(content="late"), received.followup.send("late")):
        with pytest.raises(discord.HTTPException) as refused:
            await attempt
        assert (refused.value.status, refused.value.code) == (401, 50027)

    assert asked.content == "in time"


async def test_first_follow_up_ends_the_thinking(
    channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    await received.response.defer(thinking=True, ephemeral=True)
    assert asked.original is not None
    assert asked.original.loading

    await received.followup.send("ready")
    await received.followup.send("and more", ephemeral=False)

    assert [(message.content, message.ephemeral) for message in asked.messages] == [
        ("ready", True),
        ("and more", False),
    ]
    assert [message.content for message in channel.messages] == ["and more"]


async def test_original_answer_is_read_and_deleted(
    channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    await received.response.send_message("hello")
    assert (await received.original_response()).content == "hello"

    await received.delete_original_response()

    assert asked.messages == channel.messages == []


async def test_answer_is_held_to_the_upload_limit(
    guild: Guild, channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    guild.upload_limit = MiB
    asked, received = await _call(moderator, channel, waiting)
    assert received.filesize_limit == MiB

    with pytest.raises(discord.HTTPException) as refused:
        await received.response.send_message(file=file(MiB + 1))

    assert refused.value.code == 40005
    assert asked.response is None


async def test_command_for_moderators_is_not_for_others(
    channel: TextChannel, alice: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    with pytest.raises(ApiError):
        await alice.slash(channel, "wait")


async def test_attachment_links_expire(bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User) -> None:
    sent = await alice.send(channel, attachments=[("a.png", b"bytes")])
    heard = await bot.next_message()
    server.clock.advance(25 * 3600)

    with pytest.raises(discord.NotFound):
        await heard.attachments[0].read()

    again = await bot.place(channel.id).fetch_message(sent.id)
    assert await again.attachments[0].read() == b"bytes"


async def test_member_permissions_reach_the_bot(
    channel: TextChannel, moderator: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    _asked, received = await _call(moderator, channel, waiting)

    assert received.permissions.manage_guild
    assert not received.app_permissions.manage_guild
    assert received.app_permissions.attach_files


async def test_context_menu_gets_the_whole_message(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    @bot.tree.context_menu(name="Use as photo")
    async def use(interaction: discord.Interaction, message: discord.Message) -> None:
        await interaction.response.send_message(f"{message.content} {len(message.attachments)}")

    await bot.tree.sync()
    photo = await alice.send(channel, "me", attachments=[("a.png", b"bytes")])

    used = await alice.context_menu(channel, "Use as photo", photo)

    assert (await used.completed()).content == "me 1"


async def test_select_menu_takes_what_it_offers(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    class Sizes(discord.ui.View):
        @discord.ui.select(options=[discord.SelectOption(label=size) for size in ("1K", "4K")])
        async def pick(self, interaction: discord.Interaction, menu: "discord.ui.Select[Sizes]") -> None:
            await interaction.response.send_message(menu.values[0], ephemeral=True)

    await bot.place(channel.id).send("size?", view=Sizes())

    picked = await alice.select(channel.messages[0], ["4K"])

    assert (await picked.completed()).content == "4K"
    with pytest.raises(ValueError, match="among"):
        await alice.select(channel.messages[0], ["8K"])


async def test_ephemeral_answer_is_for_one_member(
    channel: TextChannel, moderator: User, alice: User, waiting: asyncio.Queue[discord.Interaction]
) -> None:
    asked, received = await _call(moderator, channel, waiting)
    button: discord.ui.Button[discord.ui.View] = discord.ui.Button(label="Keep")
    await received.response.send_message("look", view=discord.ui.View().add_item(button), ephemeral=True)

    assert channel.messages == []
    await moderator.click(asked.messages[0], label="Keep")
    with pytest.raises(ApiError):
        await alice.click(asked.messages[0], label="Keep")
    with pytest.raises(LookupError):
        await moderator.click(asked.messages[0], label="Discard")
