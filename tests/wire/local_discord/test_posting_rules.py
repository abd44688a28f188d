"""What Discord refuses to post, with its codes, and the nonces that keep a message from being posted twice."""

import discord
import pytest

from bot.demo.local_discord import (
    MEMBER_PERMISSIONS,
    ApiError,
    Guild,
    LocalDiscord,
    MiB,
    Permission,
    TextChannel,
    User,
)
from wire.local_discord.small_bot import SmallBot, file


async def test_same_nonce_gives_back_the_first_message(bot: SmallBot, channel: TextChannel) -> None:
    first = await bot.place(channel.id).send("picture", nonce="turn-1")
    again = await bot.place(channel.id).send("picture", nonce="turn-1")
    other = await bot.place(channel.id).send("picture", nonce="turn-2")

    assert first.id == again.id != other.id
    assert len(channel.messages) == 2


async def test_history_has_no_nonces(bot: SmallBot, channel: TextChannel) -> None:
    sent = await bot.place(channel.id).send("picture", nonce="turn-1")

    found = [message.nonce async for message in bot.place(channel.id).history()]

    assert (sent.nonce, found) == ("turn-1", [None])


async def test_nonce_is_forgotten_after_five_minutes(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    await bot.place(channel.id).send("picture", nonce="turn-1")
    server.clock.advance(299)
    await bot.place(channel.id).send("picture", nonce="turn-1")
    assert len(channel.messages) == 1

    server.clock.advance(2)
    await bot.place(channel.id).send("picture", nonce="turn-1")

    assert len(channel.messages) == 2


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ({"content": "x" * 2001}, 50035),
        ({"content": "  "}, 50006),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"files": [file(1) for _ in range(11)]}, 50035),
        ({"content": "x", "view": discord.ui.View().add_item(discord.ui.Button(custom_id="c" * 101))}, 50035),
    ],
    ids=["too long", "empty", "long nonce", "eleven files", "long custom id"],
)
async def test_message_that_breaks_a_rule(
    bot: SmallBot, channel: TextChannel, message: dict[str, object], code: int
) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(channel.id).send(**message)  # type: ignore[call-overload]

    assert (refused.value.status, refused.value.code) == (400, code)
    assert channel.messages == []


async def test_file_above_the_upload_limit(bot: SmallBot, guild: Guild, channel: TextChannel) -> None:
    guild.upload_limit = MiB  # the client still reckons with the premium tier
    await bot.place(channel.id).send(file=file(MiB))

    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(channel.id).send(file=file(MiB + 1))

    assert (refused.value.status, refused.value.code) == (413, 40005)
    assert len(channel.messages) == 1


async def test_client_knows_the_limit_of_a_boosted_guild(bot: SmallBot, server: LocalDiscord) -> None:
    bot.watch("guild_join")
    boosted = server.add_guild("Boosted", premium_tier=2)

    joined = await bot.next_event("guild_join")

    assert joined.filesize_limit == boosted.upload_limit == 50 * MiB


@pytest.mark.parametrize(("as_json", "code"), [(True, 40005), (False, 0)])
async def test_request_above_the_whole_limit(
    bot: SmallBot, server: LocalDiscord, channel: TextChannel, as_json: bool, code: int
) -> None:
    server.limits.request_bytes = 2 * MiB
    server.limits.too_large_is_json = as_json

    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(channel.id).send(files=[file(MiB), file(MiB)])

    assert (refused.value.status, refused.value.code) == (413, code)


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (Permission.VIEW_CHANNEL, 50001),
        (Permission.SEND_MESSAGES, 50013),
        (Permission.ATTACH_FILES, 50013),
        (Permission.READ_MESSAGE_HISTORY, 160002),
    ],
)
async def test_missing_permission(
    bot: SmallBot, guild: Guild, channel: TextChannel, alice: User, missing: Permission, code: int
) -> None:
    prompt = await alice.send(channel, "warmer")
    reply_to = await bot.place(channel.id).fetch_message(prompt.id)
    guild.set_permissions(guild.bot, MEMBER_PERMISSIONS & ~missing)

    with pytest.raises(discord.Forbidden) as refused:
        await bot.place(channel.id).send(file=file(10), reference=reply_to)

    assert refused.value.code == code


async def test_override_of_one_channel_reaches_the_client(bot: SmallBot, guild: Guild, channel: TextChannel) -> None:
    bot.watch("guild_channel_update")
    channel.override_bot(deny=Permission.ATTACH_FILES)
    await bot.next_event("guild_channel_update")

    known = bot.get_channel(channel.id)
    assert isinstance(known, discord.TextChannel)
    assert not known.permissions_for(known.guild.me).attach_files
    with pytest.raises(discord.Forbidden):
        await known.send(file=file(10))


async def test_history_without_permission_is_empty(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    await alice.send(channel, "warmer")
    channel.override_bot(deny=Permission.READ_MESSAGE_HISTORY)

    assert [message async for message in bot.place(channel.id).history()] == []


async def test_reply_to_a_deleted_message(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    prompt = await alice.send(channel, "warmer")
    heard = await bot.next_message()
    await alice.delete(prompt)

    with pytest.raises(discord.HTTPException) as refused:
        await heard.reply("done")
    assert refused.value.code == 50035

    await bot.place(channel.id).send("done", reference=heard.to_reference(fail_if_not_exists=False))
    assert [message.reference for message in channel.messages] == [None]


async def test_deleted_channel_and_lost_guild(bot: SmallBot, guild: Guild, channel: TextChannel, alice: User) -> None:
    other = guild.add_text_channel("other")
    bot.watch("guild_channel_delete")
    bot.watch("guild_remove")

    channel.delete()
    assert (await bot.next_event("guild_channel_delete")).id == channel.id
    with pytest.raises(discord.NotFound) as unknown:
        await bot.place(channel.id).send("x")
    assert unknown.value.code == 10003

    guild.remove_bot()
    assert (await bot.next_event("guild_remove")).id == guild.id
    with pytest.raises(discord.Forbidden) as no_access:
        await bot.place(other.id).send("x")
    assert no_access.value.code == 50001
    await alice.send(other, "is it gone?")  # and nobody tells the bot


async def test_members_are_held_to_their_permissions(channel: TextChannel, guild: Guild) -> None:
    reader = guild.add_member("reader", permissions=Permission.VIEW_CHANNEL)

    with pytest.raises(ApiError) as refused:
        await reader.send(channel, "let me in")

    assert refused.value.code == 50013


async def test_closed_direct_messages(bot: SmallBot, alice: User) -> None:
    alice.takes_direct_messages = False
    user = await bot.fetch_user(alice.id)

    with pytest.raises(discord.Forbidden) as refused:
        await user.send("hello")

    assert refused.value.code == 50007


async def test_everyone_is_pinged_only_if_that_is_allowed(bot: SmallBot, guild: Guild, alice: User) -> None:
    channel = guild.add_text_channel("loud")
    channel.override_bot(allow=Permission.MENTION_EVERYONE)
    everyone = discord.AllowedMentions.all()

    await bot.place(channel.id).send(f"@everyone {alice.mention}", allowed_mentions=everyone)
    await bot.place(channel.id).send(f"@everyone {alice.mention}", allowed_mentions=discord.AllowedMentions.none())

    assert [message.pings_everyone for message in channel.messages] == [True, False]
    assert [message.mentions for message in channel.messages] == [[alice], []]


async def test_edited_message_keeps_the_files_it_lists(bot: SmallBot, channel: TextChannel) -> None:
    sent = await bot.place(channel.id).send("v1", files=[file(10, "a.png"), file(10, "b.png")])

    await sent.edit(content="v2", attachments=[sent.attachments[1], file(10, "c.png")])

    assert channel.messages[0].content == "v2"
    assert [each.filename for each in channel.messages[0].attachments] == ["b.png", "c.png"]


async def test_only_the_author_edits(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    prompt = await alice.send(channel, "warmer")

    with pytest.raises(discord.Forbidden) as refused:
        await (await bot.place(channel.id).fetch_message(prompt.id)).edit(content="cooler")

    assert refused.value.code == 50005
