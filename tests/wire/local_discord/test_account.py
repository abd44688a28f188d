"""The routes that only look: the bot's account, guilds, members, single channels and pages of history."""

import discord
import pytest

from bot.demo.local_discord import MEMBER_PERMISSIONS, Guild, LocalDiscord, Permission, TextChannel, User
from wire.local_discord.small_bot import SmallBot


async def test_bot_knows_itself(bot: SmallBot, server: LocalDiscord) -> None:
    application = await bot.application_info()

    assert application.id == server.application_id == bot.application_id
    assert application.flags.gateway_message_content_limited
    assert server.requests[0].path == "/users/@me"
    assert {request.status for request in server.requests} == {200}


async def test_guild_and_its_members(bot: SmallBot, guild: Guild, channel: TextChannel, alice: User) -> None:
    fetched = await bot.fetch_guild(guild.id, with_counts=False)

    assert (await fetched.fetch_member(alice.id)).name == "alice"
    assert [each.id for each in await fetched.fetch_channels()] == [channel.id]
    assert await fetched.active_threads() == []
    with pytest.raises(discord.NotFound) as unknown:
        await fetched.fetch_member(1)
    assert unknown.value.code == 10013
    with pytest.raises(discord.NotFound) as missing:
        await bot.fetch_guild(1)
    assert missing.value.code == 10004


async def test_bot_leaves_a_guild(bot: SmallBot, guild: Guild) -> None:
    bot.watch("guild_remove")
    known = bot.get_guild(guild.id)
    assert known is not None

    await known.leave()

    assert (await bot.next_event("guild_remove")).id == guild.id
    assert not guild.bot_is_member


async def test_pages_of_history(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    sent = [await alice.send(channel, str(number)) for number in range(9)]
    place = bot.place(channel.id)

    async def found(**query: object) -> list[str]:
        return [message.content async for message in place.history(**query)]  # type: ignore[arg-type]

    assert await found(limit=3) == ["8", "7", "6"]
    assert await found(limit=2, before=discord.Object(sent[4].id)) == ["3", "2"]
    assert await found(limit=2, after=discord.Object(sent[4].id)) == ["5", "6"]
    assert await found(limit=3, around=discord.Object(sent[4].id)) == ["5", "4", "3"]


async def test_typing_and_reactions(bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User) -> None:
    prompt = await alice.send(channel, "warmer")
    heard = await bot.next_message()

    async with heard.channel.typing():
        await heard.add_reaction("\N{EYES}")

    assert server.times_typed(channel.id) == 1
    assert prompt.reactions == {"\N{EYES}": {server.application_id}}
    assert bot.user is not None
    await heard.remove_reaction("\N{EYES}", bot.user)
    assert prompt.reactions == {"\N{EYES}": set()}


async def test_channel_is_changed_and_deleted_with_permission(
    bot: SmallBot, guild: Guild, channel: TextChannel
) -> None:
    known = bot.get_channel(channel.id)
    assert isinstance(known, discord.TextChannel)
    with pytest.raises(discord.Forbidden):
        await known.edit(name="atelier")
    guild.set_permissions(guild.bot, MEMBER_PERMISSIONS | Permission.MANAGE_CHANNELS)

    await known.edit(name="atelier")
    assert channel.name == "atelier"
    await known.delete()

    assert guild.channels == []
