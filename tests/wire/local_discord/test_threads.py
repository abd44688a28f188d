"""Threads: opening them, and what archived, locked and private ones do."""

import discord
import pytest

from bot.demo.local_discord import MEMBER_PERMISSIONS, Guild, Permission, TextChannel, Thread, User
from wire.local_discord.small_bot import SmallBot


@pytest.fixture
async def thread(bot: SmallBot, channel: TextChannel) -> Thread:
    await _open(bot, channel, "The Artist")
    return channel.threads[0]


async def _open(bot: SmallBot, channel: TextChannel, name: str, *, private: bool = False) -> discord.Thread:
    known = bot.get_channel(channel.id)
    assert isinstance(known, discord.TextChannel)
    kind = discord.ChannelType.private_thread if private else discord.ChannelType.public_thread
    return await known.create_thread(name=name, type=kind)


@pytest.mark.parametrize("name", ["", "   ", "x" * 101])
async def test_name_that_is_too_short_or_long(bot: SmallBot, channel: TextChannel, name: str) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await _open(bot, channel, name)

    assert (refused.value.status, refused.value.code) == (400, 50035)
    assert channel.threads == []


@pytest.mark.parametrize(
    ("missing", "private"),
    [(Permission.CREATE_PUBLIC_THREADS, False), (Permission.CREATE_PRIVATE_THREADS, True)],
)
async def test_opening_needs_permission(
    bot: SmallBot, channel: TextChannel, missing: Permission, private: bool
) -> None:
    channel.override_bot(deny=missing)

    with pytest.raises(discord.Forbidden) as refused:
        await _open(bot, channel, "x", private=private)

    assert refused.value.code == 50013
    await _open(bot, channel, "x", private=not private)


async def test_too_many_active_threads(bot: SmallBot, guild: Guild, channel: TextChannel) -> None:
    guild.active_thread_limit = 1
    await _open(bot, channel, "first")

    with pytest.raises(discord.HTTPException) as refused:
        await _open(bot, channel, "second")

    assert refused.value.code == 160006


async def test_no_thread_inside_a_thread(bot: SmallBot, thread: Thread) -> None:
    with pytest.raises(discord.HTTPException) as refused:
        await bot.http.start_thread_without_message(thread.id, name="deeper", type=11, auto_archive_duration=1440)

    assert refused.value.code == 50024


async def test_posting_needs_permission_for_threads(bot: SmallBot, channel: TextChannel, thread: Thread) -> None:
    channel.override_bot(deny=Permission.SEND_MESSAGES_IN_THREADS)

    with pytest.raises(discord.Forbidden) as refused:
        await bot.place(thread.id).send("x")

    assert refused.value.code == 50013


async def test_posting_opens_an_archived_thread(bot: SmallBot, thread: Thread) -> None:
    bot.watch("raw_thread_update")
    thread.archive()
    assert (await bot.next_event("raw_thread_update")).data["thread_metadata"]["archived"]
    assert bot.get_channel(thread.id) is None  # discord.py forgets it
    fetched = await bot.fetch_channel(thread.id)
    assert isinstance(fetched, discord.Thread)
    assert fetched.archived

    await fetched.send("x")

    assert not thread.archived
    assert not (await bot.next_event("raw_thread_update")).data["thread_metadata"]["archived"]


async def test_member_opens_an_archived_thread_by_writing(bot: SmallBot, thread: Thread, alice: User) -> None:
    thread.archive()

    await alice.send(thread, "warmer")

    assert (await bot.next_message()).content == "warmer"
    assert not thread.archived
    assert alice.id in thread.members


async def test_locked_thread_takes_no_messages(bot: SmallBot, guild: Guild, thread: Thread) -> None:
    thread.archive(locked=True)

    with pytest.raises(discord.HTTPException) as refused:
        await bot.place(thread.id).send("x")
    assert refused.value.code == 160005
    assert thread.archived

    guild.set_permissions(guild.bot, MEMBER_PERMISSIONS | Permission.MANAGE_THREADS)
    await bot.place(thread.id).send("x")
    assert not thread.archived


async def test_nothing_is_edited_in_an_archived_thread(bot: SmallBot, thread: Thread) -> None:
    sent = await bot.place(thread.id).send("v1")
    thread.archive()

    for attempt in (sent.edit(content="v2"), sent.delete(), sent.add_reaction("\N{EYES}")):
        with pytest.raises(discord.HTTPException) as refused:
            await attempt
        assert refused.value.code == 50083

    assert thread.messages[0].content == "v1"


async def test_owner_closes_and_opens_its_thread(bot: SmallBot, thread: Thread) -> None:
    known = bot.get_channel(thread.id)
    assert isinstance(known, discord.Thread)

    await known.edit(archived=True)
    assert thread.archived
    with pytest.raises(discord.HTTPException) as refused:
        await known.edit(name="renamed")
    assert refused.value.code == 50083

    await known.edit(archived=False)
    await known.edit(name="renamed")
    assert (thread.archived, thread.name) == (False, "renamed")
    with pytest.raises(discord.Forbidden):
        await known.edit(locked=True)


async def test_private_thread_is_for_its_members(
    bot: SmallBot, guild: Guild, channel: TextChannel, alice: User
) -> None:
    opened = await _open(bot, channel, "secret", private=True)
    secret = channel.threads[0]
    bob = guild.add_member("bob")

    await opened.add_user(discord.Object(alice.id))

    await alice.send(secret, "warmer")
    assert (await bot.next_message()).content == "warmer"
    assert Permission.VIEW_CHANNEL not in secret.permissions_of(bob)
    assert channel.messages == []  # nobody is told in the channel


async def test_bot_does_not_see_others_private_threads(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    secret = channel.open_thread(alice, "secret", private=True)
    await alice.send(secret, "unseen")
    secret.archive()
    secret.unarchive()
    await alice.send(channel, "seen")

    assert (await bot.next_message()).content == "seen"
    assert bot.get_channel(secret.id) is None
    with pytest.raises(discord.Forbidden):
        await bot.fetch_channel(secret.id)


async def test_bot_is_added_to_anothers_private_thread(
    bot: SmallBot, guild: Guild, channel: TextChannel, alice: User
) -> None:
    bot.watch("thread_join")
    secret = channel.open_thread(alice, "secret", private=True)

    secret.join(guild.bot)

    assert (await bot.next_event("thread_join")).id == secret.id
    await alice.send(secret, "warmer")
    assert (await bot.next_message()).content == "warmer"


async def test_deleted_thread_is_told(bot: SmallBot, thread: Thread) -> None:
    bot.watch("raw_thread_delete")

    thread.delete()

    assert (await bot.next_event("raw_thread_delete")).thread_id == thread.id
    with pytest.raises(discord.NotFound) as unknown:
        await bot.place(thread.id).send("x")
    assert unknown.value.code == 10003


async def test_thread_from_a_message(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    prompt = await alice.send(channel, "warmer")
    heard = await bot.next_message()

    opened = await heard.create_thread(name="about this")

    assert opened.id == prompt.id == channel.threads[0].id
    with pytest.raises(discord.HTTPException) as refused:
        await heard.create_thread(name="again")
    assert refused.value.code == 160004
