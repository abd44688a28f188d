"""Faults on command, as discord.py meets them."""

import asyncio

import aiohttp
import discord
import pytest

from bot.demo.local_discord import LocalDiscord, TextChannel, User
from wire.local_discord.small_bot import SmallBot, file

MESSAGES = "/channels/*/messages"


async def test_connection_cut_before_the_message_is_taken(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel
) -> None:
    server.faults.add("POST", MESSAGES, before="drop")

    with pytest.raises(aiohttp.ClientError):
        await bot.place(channel.id).send("picture", file=file(1000))

    assert channel.messages == []
    assert server.requests[-1].status is None
    await bot.place(channel.id).send("picture")


async def test_connection_cut_after_the_message_is_taken(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel
) -> None:
    server.faults.add("POST", MESSAGES, after="drop")

    with pytest.raises(aiohttp.ClientError):
        await bot.place(channel.id).send("picture", nonce="turn-1")
    again = await bot.place(channel.id).send("picture", nonce="turn-1")

    assert [message.id for message in channel.messages] == [again.id]


async def test_error_with_a_code(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    server.faults.add("POST", MESSAGES, status=403, code=50013)

    with pytest.raises(discord.Forbidden) as refused:
        await bot.place(channel.id).send("picture")

    assert refused.value.code == 50013
    assert channel.messages == []


async def test_error_that_is_not_json(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    server.faults.add("POST", MESSAGES, status=413, body="<html>too large</html>")

    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(channel.id).send("picture")

    assert (refused.value.status, refused.value.code, refused.value.text) == (413, 0, "<html>too large</html>")


async def test_503_is_not_tried_again(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    server.faults.add("POST", MESSAGES, status=503, body="overloaded", times=2)

    with pytest.raises(discord.DiscordServerError):
        await bot.place(channel.id).send("picture")


async def test_429_of_discord_is_waited_out(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    server.faults.rate_limit("POST", MESSAGES, retry_after=0.05, times=2)

    await bot.place(channel.id).send("picture")

    posts = [request.status for request in server.requests if request.path.endswith("/messages")]
    assert posts == [429, 429, 200]


async def test_429_without_via_is_an_error(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    server.faults.rate_limit("POST", MESSAGES, retry_after=0.05, via=False)

    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(channel.id).send("picture")

    assert refused.value.status == 429


async def test_held_request_waits_for_its_release(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    held = server.faults.hold("POST", MESSAGES)
    sending = asyncio.create_task(bot.place(channel.id).send("picture"))
    await asyncio.wait_for(held.reached.wait(), 5)
    assert channel.messages == []

    held.release()

    await sending
    assert len(channel.messages) == 1


async def test_held_answer_belongs_to_a_request_that_had_its_effect(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel
) -> None:
    held = server.faults.hold_answer("POST", MESSAGES)
    sending = asyncio.create_task(bot.place(channel.id).send("picture"))
    await asyncio.wait_for(held.reached.wait(), 5)
    assert len(channel.messages) == 1
    assert not sending.done()

    held.release()

    assert (await sending).id == channel.messages[0].id


async def test_fault_of_the_cdn(bot: SmallBot, server: LocalDiscord, channel: TextChannel, alice: User) -> None:
    server.faults.add("GET", "/attachments/*", status=403, body="no")
    await alice.send(channel, attachments=[("a.png", b"bytes")])
    heard = await bot.next_message()

    with pytest.raises(discord.Forbidden):
        await heard.attachments[0].read()

    assert await heard.attachments[0].read() == b"bytes"


async def test_fault_is_one_thing(server: LocalDiscord) -> None:
    with pytest.raises(ValueError, match="one of"):
        server.faults.add("GET", "/users/@me", status=500, after="drop")
