"""What a server chooses, and that it holds."""

from __future__ import annotations

from dataclasses import fields

import discord
import pytest
from simcord.results import InteractionResult

from bot.domain import ImageSettings
from bot.servers import ServerSettings
from bot.services.server_choices import ServerChoices
from cogs.server_settings import CHOICES
from stage import Stage, last, photo, pictures, said, turn_of, until, until_turn


async def choose(stage: Stage, command: str, **options: object) -> InteractionResult:
    return await stage.mona.slash(stage.studio, f"identity-settings {command}", **options)


async def chosen(stage: Stage) -> ServerSettings:
    async with stage.database.snapshot() as repos:
        return await repos.servers.settings(stage.guild.id)


async def test_without_any_choice_everything_is_open(stage: Stage) -> None:
    shown = said(await choose(stage, "show"))

    assert "Channels: everywhere" in shown
    assert "Roles: everyone" in shown
    assert "Pictures a day: no limit a member, no limit in all" in shown
    assert "Threads: as members choose" in shown


async def test_in_channels_that_are_not_listed_it_is_not_used(stage: Stage) -> None:
    elsewhere = stage.guild.create_text_channel("elsewhere")
    await choose(stage, "channels", add=elsewhere)

    refused = await stage.start()
    taken = await stage.alice.slash(
        elsewhere, "identity start", identity="The Artist", description="paints", photo1=("me.png", photo())
    )
    await stage.alice.send(elsewhere.threads[-1], "warmer")
    by_moderator = await stage.start(stage.mona)

    assert f"On this server I am used in {elsewhere.mention} only." in said(refused)
    assert "I am on it" in said(taken)
    assert len(pictures(elsewhere.threads[-1])) == 2
    assert "I am on it" in said(by_moderator)


async def test_a_thread_of_a_channel_that_was_taken_off_the_list_is_no_chat_for_now(stage: Stage) -> None:
    await stage.start()
    await choose(stage, "channels", add=stage.guild.create_text_channel("elsewhere"))

    await stage.alice.send(stage.thread, "warmer")

    assert "I am used in" in last(stage.thread)
    assert len(stage.gemini.requests) == 1


async def test_help_and_privacy_are_open_everywhere(stage: Stage) -> None:
    await choose(stage, "channels", add=stage.guild.create_text_channel("elsewhere"))

    assert "Five things to try" in said(await stage.alice.slash(stage.studio, "help"))
    assert "I keep nothing of you" in said(await stage.alice.slash(stage.studio, "privacy show"))


async def test_without_one_of_the_roles_it_is_not_used(stage: Stage) -> None:
    painters = stage.guild.create_role("Painters")
    await choose(stage, "roles", add=painters)
    refused = await stage.start()
    carol = stage.guild.add_member(stage.env.create_user("carol"), roles=[painters])

    taken = await stage.start(carol)
    await carol.send(stage.thread, "warmer")

    assert "you need the role" in said(refused)
    assert "I am on it" in said(taken)
    assert len(pictures(stage.thread)) == 2


async def test_buttons_are_held_to_it_as_well(stage: Stage) -> None:
    await stage.start()
    (first,) = pictures(stage.thread)
    turn = await turn_of(stage, first)
    await choose(stage, "roles", add=stage.guild.create_role("Painters"))

    again = await stage.alice.click(first, custom_id=f"again:{turn.id}")

    assert "you need the role" in said(again)
    assert len(stage.gemini.requests) == 1


async def test_what_is_taken_off_a_list_that_does_not_hold_it_is_told_so(stage: Stage) -> None:
    result = await choose(stage, "channels", remove=stage.studio)

    assert "is not in the list" in said(result)
    assert await chosen(stage) == ServerSettings(stage.guild.id)


async def test_a_log_channel_that_cannot_be_written_to_is_turned_down(stage: Stage) -> None:
    silent = stage.guild.create_text_channel(
        "silent", overwrites={stage.guild.default_role: discord.PermissionOverwrite(send_messages=False)}
    )

    result = await choose(stage, "log-channel", channel=silent)

    assert "I may not write in" in said(result)
    assert "Send Messages" in said(result)
    assert (await chosen(stage)).log_channel_id is None


async def test_pictures_are_asked_for_as_the_server_has_chosen(stage: Stage) -> None:
    await choose(stage, "pictures", aspect="4 : 5 ", size=" 1k", model="gemini-nano-banana-2.1")

    await stage.start()

    (request,) = stage.gemini.requests
    assert request.model == "gemini-nano-banana-2.1"
    assert request.image_config == {"aspectRatio": "4:5", "imageSize": "1K"}


async def test_sizes_are_suggested_as_the_server_s_model_offers_them(stage: Stage) -> None:
    await choose(stage, "pictures", model="gemini-3.1-flash-lite-image")

    sizes = await stage.alice.autocomplete(stage.studio, "identity start", "size", "")
    await stage.start()

    assert [each["value"] for each in sizes] == ["1K"]
    assert len(pictures(stage.thread)) == 1


async def test_what_the_model_does_not_offer_is_turned_down(stage: Stage) -> None:
    result = await choose(stage, "pictures", model="gemini-3.1-flash-lite-image", size="4K")

    assert "It offers 1K" in said(result)
    assert await chosen(stage) == ServerSettings(stage.guild.id)


async def test_what_a_member_chose_is_remembered_for_the_next_time(stage: Stage) -> None:
    await choose(stage, "pictures", aspect="4:5")
    await stage.start(aspect="1:1", size="1K")
    await stage.start(identity="The Explorer")
    await stage.start(stage.bob)

    ratios = [request.image_config["aspectRatio"] for request in stage.gemini.requests]
    sizes = [request.image_config["imageSize"] for request in stage.gemini.requests]
    assert ratios == ["1:1", "1:1", "4:5"]
    assert sizes == ["1K", "1K", "512"]


async def test_what_a_moderator_chose_for_a_member_is_not_the_member_s_choice(stage: Stage) -> None:
    await stage.start()
    await stage.mona.slash(stage.studio, "identity-admin start", user=stage.alice, identity="The Artist", aspect="1:1")
    await stage.start()

    assert [request.image_config["aspectRatio"] for request in stage.gemini.requests] == ["16:9", "1:1", "16:9"]


async def test_threads_are_always_private_if_so_chosen(stage: Stage) -> None:
    shown = await choose(stage, "threads", private=True)

    await stage.start()

    assert "Threads: always private" in said(shown)
    assert stage.bot.get_channel(stage.thread.id).is_private()  # type: ignore[union-attr]


async def test_limits_are_kept_and_shown(stage: Stage) -> None:
    await choose(stage, "limits", member_pictures=1, prompt_length=20)
    await choose(stage, "limits", server_pictures=1000)
    shown = said(await choose(stage, "show"))
    described = await stage.start(identity="The Chef", description="cooks for a good many guests")
    await stage.start(instructions="short")

    too_long = await stage.start(instructions="a good deal longer than twenty characters")
    too_many = await stage.start(instructions="short")

    assert "Pictures a day: 1 a member, 1,000 in all" in shown
    assert "20 is the most" in said(too_long)
    assert "The description has 28 characters and 20 is the most" in said(described)
    assert "is one picture a day, and it is reached" in said(too_many)


@pytest.mark.parametrize("command", ["channels", "roles", "pictures", "limits"])
async def test_a_command_without_options_says_what_it_takes(stage: Stage, command: str) -> None:
    assert said(await choose(stage, command)).startswith("Say what to change")


async def test_a_model_whose_price_nobody_knows_is_turned_down(stage: Stage) -> None:
    result = await choose(stage, "pictures", model="gemini-9-ultra-image")

    assert "I know no model" in said(result)
    assert await chosen(stage) == ServerSettings(stage.guild.id)


async def test_the_rules_cannot_be_got_around_from_another_server(stage: Stage) -> None:
    await stage.start()
    await choose(stage, "roles", add=stage.guild.create_role("Painters"))
    elsewhere = stage.env.create_guild("Elsewhere")
    office = elsewhere.create_text_channel("office")
    alice = elsewhere.add_member(stage.alice.user)

    result = await alice.slash(office, "identity continue", prompt="warmer")

    assert "on a server with rules of its own" in said(result)
    assert len(stage.gemini.requests) == 1


async def test_a_message_that_is_made_too_long_while_it_waits_asks_for_the_old_words(stage: Stage) -> None:
    await choose(stage, "limits", prompt_length=20)
    await stage.start(instructions="short")
    stage.gemini.hold()
    stage.env.backend.create_message(stage.thread.id, stage.alice.id, "warmer")
    message = stage.env.backend.create_message(stage.thread.id, stage.alice.id, "darker")
    await until(lambda: len(stage.gemini.requests) == 2)
    await until_turn(stage, message.id)

    stage.env.backend.edit_message(stage.thread.id, message.id, {"content": "a good deal longer than twenty"})
    await until(lambda: any("20 is the most" in each.content for each in stage.thread.history()))
    stage.gemini.release()
    await stage.env.settle()

    assert stage.gemini.requests[2].contents[-1]["parts"] == [{"text": "darker"}]


async def test_reset_forgets_all_of_it(stage: Stage) -> None:
    await choose(stage, "threads", private=True)
    await choose(stage, "channels", add=stage.studio)

    await choose(stage, "reset")

    assert await chosen(stage) == ServerSettings(stage.guild.id)


async def test_reset_of_one_thing_leaves_the_others(stage: Stage) -> None:
    await choose(stage, "limits", member_pictures=1, waiting=3)
    await choose(stage, "threads", private=True)

    shown = said(await choose(stage, "reset", what="user_pictures_a_day"))

    assert "Pictures a day: no limit a member" in shown
    assert await chosen(stage) == ServerSettings(stage.guild.id, most_waiting=3, private_threads=True)


async def test_reset_of_the_model_drops_the_size_that_only_it_offers(stage: Stage) -> None:
    await choose(stage, "pictures", model="gemini-3.1-flash-image", size="512", aspect="4:3")
    without_512 = ImageSettings("gemini-nano-banana-2.1", "16:9", "4K")

    choices = ServerChoices(stage.database, without_512, stage.bot.services.choices._acts)
    await choices.reset(stage.guild.id, stage.mona.id, "model")

    assert await chosen(stage) == ServerSettings(stage.guild.id, aspect_ratio="4:3")


@pytest.mark.parametrize("field", CHOICES.values())
def test_all_that_can_be_chosen_can_be_reset_alone(field: str) -> None:
    assert field in {each.name for each in fields(ServerSettings)}
    assert len(CHOICES) == len(fields(ServerSettings)) - 1  # less the server's id


async def test_when_the_bot_is_sent_away_what_was_chosen_goes(stage: Stage) -> None:
    await choose(stage, "threads", private=True)

    await stage.bot.services.waiting_prompts.leave(guild_id=stage.guild.id)

    assert await chosen(stage) == ServerSettings(stage.guild.id)
