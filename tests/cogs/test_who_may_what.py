"""Every way into the bot, and who may take it: a new command, button or form without a row here fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

import discord
import pytest
from discord import app_commands
from simcord.actors import MemberActor
from simcord.backend.errors import SetupError
from simcord.results import InteractionResult, ResponseMessage

from bot.buttons import Action
from bot.domain import IdentityImageChat
from bot.error_replies import Modal, Question
from bot.servers import Block, ServerSettings
from cogs.timeline import MENU_ID
from forgery import forged_choice, forged_click
from stage import Stage, photo, pictures, said


class Rule(Enum):
    """Who may: the owner of a chat, another member, a moderator, a moderator of another server, the owner when blocked.

    "Own" is allowed as well, and reaches nothing but one's own: the commands name nobody else.
    """

    EVERYONE = "own own own own own"
    PERSONAL = "own own own own no"
    CHATS_OF_OTHERS = "no no yes no no"
    SERVER = "no no yes own no"
    PICTURE = "yes no yes no no"


OWNER, OTHER, MODERATOR, ELSEWHERE, BLOCKED = range(5)
REFUSED = (
    "has blocked you",
    "Only its owner or a moderator",
    "out of reach from here",
    "is not a member of this",
    "has never used me here",
)

COMMANDS = {
    "help": Rule.EVERYONE,
    "privacy show": Rule.EVERYONE,
    "privacy export": Rule.EVERYONE,
    "privacy delete": Rule.EVERYONE,
    **{
        f"identity {name}": Rule.PERSONAL
        for name in ("start", "continue", "undo", "redo", "again", "once", "show", "history", "compare", "end")
    },
    **{f"identities {name}": Rule.PERSONAL for name in ("create", "list", "edit", "delete")},
    **{f"photos {name}": Rule.PERSONAL for name in ("add", "list", "remove")},
    **{f"appearance {name}": Rule.PERSONAL for name in ("set", "show", "clear")},
    **{
        f"identity-admin {name}": Rule.CHATS_OF_OTHERS
        for name in ("continue", "undo", "show", "history", "delete-picture", "start", "end")
    },
    **{f"identity-admin {name}": Rule.SERVER for name in ("block", "unblock", "limits", "usage", "log")},
    **{
        f"identity-settings {name}": Rule.SERVER
        for name in ("show", "channels", "roles", "log-channel", "pictures", "limits", "threads", "reset")
    },
}
MENUS = {
    "Start an identity from pictures": Rule.PERSONAL,
    "Add to my photos": Rule.PERSONAL,
    "Start an identity for them": Rule.SERVER,
}
BUTTONS = [*Action]
FORMS = {"EditModal": Rule.PICTURE, "StartForm": Rule.PERSONAL, "LooksModal": Rule.PERSONAL}
"""What is filled in is held to the rules once more when it is sent."""
QUESTIONS = {"DeleteEverything", "PickPhotos", "MoreOfLooks"}
"""Shown to the one who asked alone; what they do, they do for the one who answers."""


@dataclass(frozen=True)
class People:
    stage: Stage
    elsewhere: MemberActor
    their_studio: Any

    def of(self, persona: int) -> MemberActor:
        stage = self.stage
        return (stage.alice, stage.bob, stage.mona, self.elsewhere, stage.alice)[persona]

    def place(self, persona: int) -> Any:
        return self.their_studio if persona == ELSEWHERE else self.stage.studio

    async def have_a_chat(self) -> None:
        async with self.stage.database.snapshot() as repos:
            known = await repos.chats.of_user(self.stage.alice.id)
        if known is None:
            await self.stage.start()

    async def chat(self) -> IdentityImageChat:
        async with self.stage.database.snapshot() as repos:
            chat = await repos.chats.of_user(self.stage.alice.id)
        assert chat is not None
        return chat

    async def nothing_has_changed_here(self) -> None:
        """For Alice and her server."""
        guild_id, alice = self.stage.guild.id, self.stage.alice.id
        async with self.stage.database.snapshot() as repos:
            assert await repos.servers.settings(guild_id) == ServerSettings(guild_id)
            assert await repos.servers.block_of(guild_id, alice) is None
            assert await repos.servers.allowance_of(guild_id, alice) is None
            assert await repos.chats.of_user(alice) is not None

    async def post_buttons(self, channel_id: int, turn_id: int) -> discord.Message:
        """A message of the bot there with every button of that turn, and the menu."""
        view = discord.ui.View(timeout=None)
        for action in Action:
            view.add_item(discord.ui.Button(label=action, custom_id=f"{action}:{turn_id}"))
        option = discord.SelectOption(label="v1", value=str(turn_id))
        view.add_item(discord.ui.Select(custom_id=MENU_ID, options=[option]))
        view.stop()  # so that the clicks go where those on old messages go
        channel = self.stage.bot.get_partial_messageable(channel_id)
        return await channel.send("every button", view=view)

    async def block(self, *, blocked: bool) -> None:
        guild_id, alice = self.stage.guild.id, self.stage.alice.id
        async with self.stage.database.transaction() as repos:
            if blocked:
                await repos.servers.block(Block(guild_id, alice, "spam", self.stage.mona.id, None))
            else:
                await repos.servers.unblock(guild_id, alice)


@pytest.fixture
async def people(stage: Stage) -> People:
    other_server = stage.env.create_guild("Elsewhere")
    role = other_server.create_role("Moderators", permissions=discord.Permissions(manage_guild=True))
    max_ = other_server.add_member(stage.env.create_user("max"), roles=[role])
    return People(stage, max_, other_server.create_text_channel("their-studio"))


def test_every_way_in_has_a_row(stage: Stage) -> None:
    found = set(all_commands(stage))
    menus: set[str] = set()
    for kind in (discord.AppCommandType.message, discord.AppCommandType.user):
        menus |= {each.name for each in stage.bot.tree.get_commands(type=kind)}

    assert found == set(COMMANDS)
    assert menus == set(MENUS)
    assert {each.__name__ for each in heirs(Modal)} == set(FORMS)
    assert {each.__name__ for each in heirs(Question)} == QUESTIONS
    assert {each.__name__ for each in heirs(discord.ui.DynamicItem)} >= {"TurnButton", "VersionMenu"}


def heirs(kind: type[Any]) -> Iterator[type[Any]]:
    for each in kind.__subclasses__():
        if each.__module__.startswith("cogs."):
            yield each
        yield from heirs(each)


def all_commands(stage: Stage) -> dict[str, app_commands.Command[Any, ..., Any]]:
    return {
        each.qualified_name: each for each in stage.bot.tree.walk_commands() if isinstance(each, app_commands.Command)
    }


async def test_commands(people: People, subtests: pytest.Subtests) -> None:
    stage = people.stage
    for name, command in all_commands(stage).items():
        for persona, expected in enumerate(COMMANDS[name].value.split()):
            with subtests.test(f"{name} by {persona}"):
                await people.have_a_chat()
                await people.block(blocked=persona == BLOCKED)
                allowed = await used(people, command, persona)
                await people.block(blocked=False)
                assert allowed == (expected != "no")
                if persona == ELSEWHERE:
                    await people.nothing_has_changed_here()


async def test_menus(people: People, subtests: pytest.Subtests) -> None:
    stage = people.stage
    with_photo = await stage.bob.send(stage.studio, "look", attachments=[("a.png", photo())])
    elsewhere = await people.elsewhere.send(people.their_studio, "look", attachments=[("a.png", photo())])
    for name, rule in MENUS.items():
        for persona, expected in enumerate(rule.value.split()):
            with subtests.test(f"{name} by {persona}"):
                await people.block(blocked=persona == BLOCKED)
                who, message = people.of(persona), elsewhere if persona == ELSEWHERE else with_photo
                target = who if "for them" in name else message
                try:
                    allowed = is_allowed(await who.context_menu(people.place(persona), name, target))
                except SetupError:
                    allowed = False
                await people.block(blocked=False)
                assert allowed == (expected != "no")


@pytest.mark.parametrize("action", [*BUTTONS, MENU_ID])
async def test_buttons(people: People, action: str, subtests: pytest.Subtests) -> None:
    """Also on another server, as if somebody had brought the button there: ids are no secret."""
    stage = people.stage
    await people.have_a_chat()
    turn_id = (await people.chat()).head_turn_id or 0
    shown = await people.post_buttons(stage.thread.id, turn_id)
    foreign = await people.post_buttons(people.their_studio.id, turn_id)
    for persona, expected in enumerate(Rule.PICTURE.value.split()):
        with subtests.test(f"{action} by {persona}"):
            await people.block(blocked=persona == BLOCKED)
            message = known(stage, foreign if persona == ELSEWHERE else shown)
            if action == MENU_ID:
                clicked = await forged_choice(people.of(persona), message, MENU_ID, [str(turn_id)])
            else:
                clicked = await forged_click(people.of(persona), message, f"{action}:{turn_id}")
            await people.block(blocked=False)
            assert is_allowed(clicked) == (expected != "no")


def known(stage: Stage, message: discord.Message) -> ResponseMessage:
    """The message as `forgery` takes it."""
    return ResponseMessage(stage.env, stage.env.backend.get_message(message.channel.id, message.id))


async def test_forms_that_were_open_before(people: People) -> None:
    """Opened while it was allowed, sent when it is not any more."""
    stage = people.stage
    await people.have_a_chat()
    (shown,) = pictures(stage.thread)
    turn_id = (await people.chat()).head_turn_id
    edit = await stage.alice.click(shown, custom_id=f"edit:{turn_id}")
    message = await stage.bob.send(stage.studio, "look", attachments=[("a.png", photo())])
    start = await stage.alice.context_menu(stage.studio, "Start an identity from pictures", message)
    looks = await stage.alice.slash(stage.studio, "appearance set")

    await people.block(blocked=True)
    sent = [
        await stage.alice.submit_modal(edit, {"prompt": "warmer"}),
        await stage.alice.submit_modal(start, {"identity": "The Diver", "description": "dives"}),
        await stage.alice.submit_modal(looks, {"hair": "grey"}),
    ]

    assert [is_allowed(each) for each in sent] == [False] * len(FORMS)
    assert len(stage.gemini.requests) == 1


async def test_messages_in_the_thread(people: People) -> None:
    """Of the owner; not of others, of moderators without a command, of bots, nor of the owner while blocked."""
    stage = people.stage
    await people.have_a_chat()
    helper = stage.guild.add_member(stage.env.create_user("helper", bot=True))
    for who in (stage.bob, stage.mona, helper):
        await who.send(stage.thread, "make it warmer")
    await people.block(blocked=True)
    await stage.alice.send(stage.thread, "make it warmer")
    refused = stage.thread.last_message
    await people.block(blocked=False)
    before = len(stage.gemini.requests)
    await stage.alice.send(stage.thread, "make it warmer")

    assert before == 1
    assert refused is not None
    assert "has blocked you from using me: spam" in refused.content
    assert len(stage.gemini.requests) == 2


async def used(people: People, command: app_commands.Command[Any, ..., Any], persona: int) -> bool:
    """Whether the command did, or would have done, what it is for; with as few options as it takes."""
    options = {each.name: value_for(people, each, persona) for each in command.parameters if each.required}
    try:
        result = await people.of(persona).slash(people.place(persona), command.qualified_name, **options)
    except SetupError as error:
        if "default-member-permissions" not in str(error):
            raise
        return False  # Discord itself does not let them
    return is_allowed(result)


def value_for(people: People, option: app_commands.Parameter, persona: int) -> object:
    match option.type:
        case discord.AppCommandOptionType.user:
            return people.stage.alice.user if persona == ELSEWHERE else people.stage.alice
        case discord.AppCommandOptionType.attachment:
            return ("a.png", photo())
        case discord.AppCommandOptionType.boolean:
            return False
        case _:
            return "v1"


def is_allowed(result: InteractionResult) -> bool:
    """One that is not even answered has not done anything: the message that was clicked has no such button."""
    if result.modal is not None:
        return True
    return result.acknowledged and not any(each in said(result) for each in REFUSED)
