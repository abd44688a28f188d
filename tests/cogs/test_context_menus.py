"""What is offered at a message or a member: a chat from the pictures there, photos kept, a chat for a member."""

from __future__ import annotations

import discord
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.wording import ADD_PHOTOS_MENU, START_FOR_MENU, START_MENU
from stage import BLUE, GREEN, Stage, own, photo, pictures, said, said_besides

FORM = {"identity": "The Artist", "description": "paints all day"}


async def post(
    stage: Stage, *files: tuple[str, bytes], text: str = "", where: ChannelHandle | None = None
) -> discord.Message:
    """A message of Bob's."""
    return await stage.bob.send(where or stage.studio, text, attachments=files)


async def names(stage: Stage, who: MemberActor) -> list[str]:
    return [each.name for each in await stage.bot.services.photos.of_user(who.id)]


async def test_a_chat_begins_from_the_pictures_of_a_message(stage: Stage) -> None:
    message = await post(stage, ("a.png", photo()), ("b.png", photo(GREEN)))

    form = await stage.alice.context_menu(stage.studio, START_MENU, message)
    answer = await stage.alice.submit_modal(form, FORM)

    assert stage.thread.mention in said(answer)
    assert answer.ephemeral
    (first,) = pictures(stage.thread)
    assert "**The Artist** · **v1**" in first.content
    text, *photos = stage.gemini.requests[0].contents[0]["parts"]
    assert "paints all day" in text["text"]
    assert len(photos) == 2
    assert await names(stage, stage.alice) == ["a.png", "b.png"]
    assert await names(stage, stage.bob) == []


async def test_an_identity_made_before_needs_its_name_only(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Pilot", description="flies a biplane")
    message = await post(stage, ("a.png", photo()))

    form = await stage.alice.context_menu(stage.studio, START_MENU, message)
    await stage.alice.submit_modal(form, {"identity": "the pilot"})

    assert "flies a biplane" in stage.gemini.requests[0].contents[0]["parts"][0]["text"]
    assert stage.thread.name == "The Pilot"


async def test_pictures_of_a_forwarded_message_count(stage: Stage) -> None:
    elsewhere = stage.guild.create_text_channel("elsewhere")
    original = await post(stage, ("a.png", photo()), where=elsewhere)
    forwarded = await stage.alice.forward(original, stage.studio)

    await stage.alice.context_menu(stage.studio, ADD_PHOTOS_MENU, forwarded)

    assert await names(stage, stage.alice) == ["a.png"]


async def test_links_in_a_message_are_not_followed(stage: Stage) -> None:
    message = await post(stage, text="https://cdn.example/me.png")

    started = await stage.alice.context_menu(stage.studio, START_MENU, message)
    added = await stage.alice.context_menu(stage.studio, ADD_PHOTOS_MENU, message)

    assert started.modal is None
    assert "links do not count" in said(started)
    assert "links do not count" in said(added)
    assert await names(stage, stage.alice) == []


async def test_the_pictures_of_a_message_become_photos(stage: Stage) -> None:
    message = await post(stage, ("a.png", photo()), ("b.png", photo(GREEN)), ("notes.txt", b"text"))

    added = await stage.alice.context_menu(stage.studio, ADD_PHOTOS_MENU, message)

    assert added.ephemeral
    assert "2 photos added; you have 2 of 14" in said(added)
    assert "notes.txt" in said(added)
    assert await names(stage, stage.alice) == ["a.png", "b.png"]


async def test_pictures_that_are_gone_when_the_form_is_sent_begin_nothing(stage: Stage) -> None:
    message = await post(stage, ("a.png", photo()))
    form = await stage.alice.context_menu(stage.studio, START_MENU, message)
    stage.env.backend.cdn._blobs.clear()

    answer = await stage.alice.submit_modal(form, FORM)

    assert "could not fetch" in said(answer)
    assert stage.studio.threads == []
    assert stage.gemini.requests == []


async def test_missing_permissions_are_named_before_the_form_opens(stage: Stage) -> None:
    closed = stage.guild.create_text_channel(
        "closed",
        overwrites={stage.guild.default_role: discord.PermissionOverwrite(create_public_threads=False)},
    )
    message = await post(stage, ("a.png", photo()), where=closed)

    for who, menu, target in (
        (stage.alice, START_MENU, message),
        (stage.mona, START_FOR_MENU, stage.alice),
    ):
        answer = await who.context_menu(closed, menu, target)
        assert answer.modal is None
        assert "Create Public Threads" in said(answer)
        assert closed.mention in said(answer)


async def test_a_moderator_begins_a_chat_for_a_member_with_the_photos_kept(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))

    form = await stage.mona.context_menu(stage.studio, START_FOR_MENU, stage.alice)
    answer = await stage.mona.submit_modal(form, FORM)

    assert stage.thread.mention in said(answer)
    assert said_besides(answer) == []
    assert stage.alice.mention in pictures(stage.thread)[0].content
    assert (await stage.bot.services.chats.overview(own(stage.alice))).chat is not None
    assert (await stage.bot.services.chats.overview(own(stage.mona))).chat is None


async def test_who_may_use_the_menu_by_the_integrations_settings_alone_gets_their_form_taken(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))
    menu = stage.env.backend.commands[None][START_FOR_MENU, 2]
    stage.guild.set_command_permissions(int(menu["id"]), {stage.bob: True})

    form = await stage.bob.context_menu(stage.studio, START_FOR_MENU, stage.alice)
    await stage.bob.submit_modal(form, FORM)

    assert len(pictures(stage.thread)) == 1


async def test_a_moderator_may_attach_photos_of_the_member_in_the_form(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("me.png", photo()))

    form = await stage.mona.context_menu(stage.studio, START_FOR_MENU, stage.alice)
    await stage.mona.submit_modal(form, FORM | {"photos": [("new.png", photo(BLUE))]})

    assert await names(stage, stage.alice) == ["me.png", "new.png"]
    assert len(stage.gemini.requests[0].contents[0]["parts"]) == 2


async def test_a_moderator_cannot_begin_for_a_member_who_has_never_used_the_bot(stage: Stage) -> None:
    form = await stage.mona.context_menu(stage.studio, START_FOR_MENU, stage.bob)
    answer = await stage.mona.submit_modal(form, FORM)

    assert "has never used me" in said(answer)
    assert stage.studio.threads == []


async def test_only_moderators_are_offered_to_begin_for_a_member(stage: Stage) -> None:
    menus = {each.name: each for each in await stage.bot.tree.fetch_commands()}

    assert menus[START_FOR_MENU].default_member_permissions == discord.Permissions(manage_guild=True)
    assert menus[START_MENU].default_member_permissions is None
    assert menus[ADD_PHOTOS_MENU].default_member_permissions is None
