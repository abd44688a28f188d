"""A conversation from the slash command to the edited message, as both sides see it."""

import discord
import pytest

from bot.demo.local_discord import LocalDiscord, TextChannel, User
from wire.local_discord.small_bot import PNG, SmallBot, file


async def test_slash_command_opens_a_thread_with_the_photo(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    interaction = await alice.slash(channel, "identity start", identity="The Artist", photo1=("a.png", PNG))

    await interaction.answered()
    assert interaction.deferred
    assert interaction.ephemeral
    thread = await channel.wait_for_thread()
    picture = await thread.wait_for_message()
    await interaction.completed()

    assert thread.name == "The Artist"
    assert (picture.content, picture.nonce) == ("v1", "turn-1")
    assert picture.attachments[0].data == PNG
    assert (picture.attachments[0].width, picture.attachments[0].height) == (640, 360)
    assert interaction.content == f"<#{thread.id}>"
    assert [message.content for message in channel.messages] == ["The Artist"]  # "started a thread"


async def test_members_message_reaches_the_bot_with_its_files(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    await alice.send(channel, "make it warmer", attachments=[("my photo.png", PNG)])

    heard = await bot.next_message()

    assert heard.content == "make it warmer"
    assert heard.author.name == "alice"
    assert heard.attachments[0].filename == "my_photo.png"
    assert heard.attachments[0].content_type == "image/png"
    assert await heard.attachments[0].read() == PNG


async def test_bots_reply_refers_to_the_prompt(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    prompt = await alice.send(channel, "warmer")
    heard = await bot.next_message()

    await heard.reply("done", file=file(100), allowed_mentions=discord.AllowedMentions.none())

    answer = await channel.wait_for_message(lambda message: message.content == "done")
    assert answer.reference is prompt
    assert answer.mentions == []
    assert answer.allowed_mentions == {"parse": []}


async def test_thread_is_read_from_its_history(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    sent = [await alice.send(channel, f"prompt {number}") for number in range(250)]

    found = [
        message.content
        async for message in bot.place(channel.id).history(
            after=discord.Object(sent[9].id), limit=None, oldest_first=True
        )
    ]

    assert found == [f"prompt {number}" for number in range(10, 250)]


async def test_edits_and_deletions_are_told(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    bot.watch("raw_message_edit")
    bot.watch("raw_message_delete")
    prompt = await alice.send(channel, "warmer")

    await alice.edit(prompt, "cooler")
    assert (await bot.next_event("raw_message_edit")).message.content == "cooler"

    await alice.delete(prompt)
    assert (await bot.next_event("raw_message_delete")).message_id == prompt.id
    with pytest.raises(discord.NotFound) as unknown:
        await bot.place(channel.id).fetch_message(prompt.id)
    assert unknown.value.code == 10008


async def test_button_changes_its_message(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    await alice.slash(channel, "identity start", identity="The Artist")
    thread = await channel.wait_for_thread()
    picture = await thread.wait_for_message()

    await (await alice.click(picture, label="Undo")).completed()

    assert picture.content == "undone"
    assert len(picture.attachments) == 1


async def test_modal_is_filled_in(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    opened = await (await alice.slash(channel, "identity appearance")).answered()

    with pytest.raises(ValueError, match="characters"):
        await alice.submit_modal(opened)
    with pytest.raises(ValueError, match="values"):
        await alice.submit_modal(opened, Hair="brown", Photos=[("a.png", PNG)] * 2)
    with pytest.raises(LookupError):
        await alice.submit_modal(opened, Hair="brown", Eyes="green")
    submitted = await alice.submit_modal(opened, Hair="brown", Photos=[("a.png", PNG)])

    await submitted.completed()
    assert submitted.content == f"brown [{len(PNG)}]"


async def test_autocomplete_offers_choices(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    typing = await alice.autocomplete(channel, "identity start", focused="identity", identity="The")

    await typing.answered()

    assert typing.choices is not None
    assert [choice["name"] for choice in typing.choices] == ["The Artist"]


async def test_commands_that_discords_client_would_not_send(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    with pytest.raises(LookupError):
        await alice.slash(channel, "identity stop")
    with pytest.raises(LookupError):
        await alice.slash(channel, "identity start", identity="x", photo9=("a.png", PNG))
    with pytest.raises(ValueError, match="needs"):
        await alice.slash(channel, "identity start")
    with pytest.raises(ValueError, match="characters"):
        await alice.slash(channel, "identity start", identity="x" * 81)


async def test_user_option_is_resolved(bot: SmallBot, channel: TextChannel, alice: User) -> None:
    assert channel.guild is not None
    bob = channel.guild.add_member("bob")

    shown = await alice.slash(channel, "identity show", user=bob)

    await shown.completed()
    assert (shown.content, shown.ephemeral) == ("about bob", True)


async def test_direct_messages_both_ways(bot: SmallBot, alice: User) -> None:
    await alice.send_dm("warmer")
    heard = await bot.next_message()
    assert heard.guild is None
    assert heard.content == "warmer"

    await heard.channel.send("done")
    await alice.direct_messages.wait_for_message(lambda message: message.content == "done")

    shown = await alice.slash(alice.direct_messages, "identity show")
    await shown.completed()
    assert shown.content == "about alice"


async def test_unknown_route_is_recorded(bot: SmallBot, server: LocalDiscord, channel: TextChannel) -> None:
    with pytest.raises(discord.NotFound):
        await bot.http.get_all_guild_channels(1)
    with pytest.raises(discord.NotFound, match="no route"):
        await bot.http.get_sticker_pack(1)

    assert [request.path for request in server.unknown_requests] == ["/sticker-packs/1"]
    server.unknown_requests.clear()
