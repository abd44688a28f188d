"""Connections: intents, resuming, identifying again, and what a bot may not read."""

import asyncio
import sys

import aiohttp
import discord
import pytest

from bot.demo.local_discord import Guild, Intent, LocalDiscord, TextChannel, User
from wire.local_discord import small_bot
from wire.local_discord.conftest import Connect
from wire.local_discord.small_bot import PNG, SmallBot, all_intents


async def test_resume_replays_what_was_missed(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User
) -> None:
    await server.disconnect_gateway()
    for number in range(3):
        await alice.send(channel, f"prompt {number}")

    assert [(await bot.next_message()).content for _ in range(3)] == ["prompt 0", "prompt 1", "prompt 2"]
    assert (server.identify_count, server.resume_count) == (1, 1)


async def test_session_that_cannot_be_resumed_misses_events(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User
) -> None:
    await server.disconnect_gateway(resumable=False)
    await alice.send(channel, "unheard")

    await server.wait_until_ready()
    await alice.send(channel, "heard")

    assert (await bot.next_message()).content == "heard"
    assert (server.identify_count, server.resume_count) == (2, 0)
    found = [message.content async for message in bot.place(channel.id).history(oldest_first=True)]
    assert found == ["unheard", "heard"]


async def test_wrong_token_is_refused(server: LocalDiscord) -> None:
    bot = SmallBot(all_intents())
    with pytest.raises(discord.LoginFailure):
        await bot.login("wrong")
    await bot.close()


async def test_wrong_token_closes_the_gateway(server: LocalDiscord) -> None:
    async with aiohttp.ClientSession() as session, session.ws_connect(server.gateway_url) as socket:
        assert (await socket.receive_json())["op"] == 10
        await socket.send_json({"op": 1, "d": None})
        assert (await socket.receive_json())["op"] == 11
        await socket.send_json({"op": 2, "d": {"token": "wrong", "intents": 0}})
        closed = await socket.receive()

    assert (closed.type, closed.data) == (aiohttp.WSMsgType.CLOSE, 4004)


async def test_killed_process_is_replaced_by_a_new_one(server: LocalDiscord, channel: TextChannel, alice: User) -> None:
    first = await _process(server)
    first.kill()
    await first.wait()
    await server.wait_until(lambda: not server.connected)
    second = await _process(server)

    interaction = await alice.slash(channel, "identity start", identity="The Artist")
    thread = await channel.wait_for_thread()
    await thread.wait_for_message()
    await interaction.completed()

    assert (server.identify_count, server.resume_count) == (2, 0)
    second.terminate()
    await second.wait()


async def _process(server: LocalDiscord) -> asyncio.subprocess.Process:
    started = await asyncio.create_subprocess_exec(
        sys.executable, small_bot.__file__, server.api_url, server.gateway_url, server.token
    )
    await server.wait_until_ready()
    return started


async def test_intent_that_is_not_granted(server: LocalDiscord, channel: TextChannel) -> None:
    server.grant_intents(Intent(0))
    bot = SmallBot(all_intents())

    with pytest.raises(discord.PrivilegedIntentsRequired):
        await bot.start(server.token)

    application = await bot.application_info()
    assert not application.flags.gateway_message_content_limited
    await bot.close()


async def test_application_turns_its_limited_intent_on(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel
) -> None:
    server.grant_intents(Intent(0))
    application = await bot.application_info()

    edited = await application.edit(flags=discord.ApplicationFlags(gateway_message_content_limited=True))

    assert edited is not None
    assert edited.flags.gateway_message_content_limited


@pytest.fixture
async def deaf_bot(connect: Connect, channel: TextChannel, alice: User) -> SmallBot:
    """A bot that did not ask for the message-content intent."""
    intents = all_intents()
    intents.message_content = False
    return await connect(intents)


async def test_content_is_empty_without_the_intent(deaf_bot: SmallBot, channel: TextChannel, alice: User) -> None:
    await alice.send(channel, "warmer", attachments=[("a.png", PNG)])

    heard = await deaf_bot.next_message()

    assert (heard.content, heard.attachments) == ("", [])


async def test_mentions_replies_and_direct_messages_have_content(
    deaf_bot: SmallBot, channel: TextChannel, alice: User
) -> None:
    assert deaf_bot.user is not None
    answer_id = (await deaf_bot.place(channel.id).send("v1")).id
    answer = channel.known_message(answer_id)

    await alice.send(channel, f"{deaf_bot.user.mention} warmer")
    assert (await deaf_bot.next_message()).content.endswith("warmer")
    await alice.send(channel, "cooler", reply_to=answer)
    assert (await deaf_bot.next_message()).content == "cooler"
    await alice.send(channel, "darker", reply_to=answer, ping=False)
    assert (await deaf_bot.next_message()).content == ""
    await alice.send_dm("brighter")
    assert (await deaf_bot.next_message()).content == "brighter"


async def test_reply_to_an_interactions_answer_hides_its_content(
    deaf_bot: SmallBot, channel: TextChannel, alice: User
) -> None:
    opened = await (await alice.slash(channel, "identity appearance")).answered()
    answered = await (await alice.submit_modal(opened, Hair="brown")).completed()

    await alice.send(channel, "warmer", reply_to=answered.original)

    assert (await deaf_bot.next_message()).content == ""


async def test_rest_hides_content_without_the_grant(
    deaf_bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User
) -> None:
    await alice.send(channel, "warmer")
    server.grant_intents(Intent(0))

    found = [message.content async for message in deaf_bot.place(channel.id).history()]

    assert found == [""]


async def test_members_are_known_with_the_members_intent(
    connect: Connect, guild: Guild, channel: TextChannel, alice: User
) -> None:
    intents = all_intents()
    intents.members = True
    bot = await connect(intents)
    known = bot.get_guild(guild.id)
    assert known is not None
    assert known.get_member(alice.id) is not None
    bot.watch("member_join")
    bob = guild.add_member("bob")

    assert (await bot.next_event("member_join")).id == bob.id
    assert [member.name for member in await known.query_members("bo")] == ["bob"]


async def test_shards_are_told_of_their_own_guilds(server: LocalDiscord, monkeypatch: pytest.MonkeyPatch) -> None:
    guilds = [server.add_guild(f"guild {number}") for number in range(4)]
    bot = discord.AutoShardedClient(
        intents=all_intents(), shard_count=2, guild_ready_timeout=0.01, chunk_guilds_at_startup=False
    )
    monkeypatch.setattr(bot, "before_identify_hook", _identify_at_once)
    await bot.login(server.token)
    connected = asyncio.create_task(bot.connect())
    async with asyncio.timeout(5):
        await bot.wait_until_ready()

    assert {guild.id for guild in bot.guilds} == {guild.id for guild in guilds}
    assert server.identify_count == 2
    await bot.close()
    await asyncio.gather(connected, return_exceptions=True)


async def _identify_at_once(shard_id: int | None, *, initial: bool = False) -> None:
    pass
