"""/identities, as members see it."""

from __future__ import annotations

from simcord.actors import MemberActor
from simcord.results import InteractionResult

from stage import Stage, chat_of, pictures, said

RIGHT_TO_LEFT = "\u202e"
ZERO_WIDTH = "\u200b"


async def create(
    stage: Stage, name: str, description: str = "paints all day", who: MemberActor | None = None
) -> InteractionResult:
    return await (who or stage.alice).slash(stage.studio, "identities create", name=name, description=description)


async def listed(stage: Stage, who: MemberActor | None = None) -> str:
    return said(await (who or stage.alice).slash(stage.studio, "identities list"))


async def names_of(stage: Stage, who: MemberActor) -> list[str]:
    return [each.name for each in await stage.bot.services.identities.of_user(who.id)]


async def test_a_created_identity_is_listed_and_offered_at_the_start(stage: Stage) -> None:
    created = await create(stage, "The Artist", "paints all day")

    offered = await stage.alice.autocomplete(stage.studio, "identity start", "identity", "art")
    assert created.ephemeral
    assert "“The Artist” is ready" in said(created)
    assert await listed(stage) == "- **The Artist**: paints all day"
    assert offered == [{"name": "The Artist", "value": "The Artist"}]


async def test_without_identities_the_list_says_how_to_make_one(stage: Stage) -> None:
    assert "`/identities create`" in await listed(stage)


async def test_a_name_is_taken_whatever_its_case_and_spaces(stage: Stage) -> None:
    await create(stage, "The Artist")

    for again in ("THE artist", "  The   Artist ", f"The {ZERO_WIDTH} Artist", f"{RIGHT_TO_LEFT}The Artist"):
        refused = await create(stage, again, "sculpts")
        assert refused.ephemeral
        assert "There is an identity named “" in said(refused)
    assert await listed(stage) == "- **The Artist**: paints all day"


async def test_two_members_may_have_identities_of_the_same_name(stage: Stage) -> None:
    await create(stage, "The Artist", "paints all day")

    await create(stage, "The Artist", "sculpts", who=stage.bob)

    assert await listed(stage) == "- **The Artist**: paints all day"
    assert await listed(stage, stage.bob) == "- **The Artist**: sculpts"


async def test_editing_changes_what_is_given_and_leaves_the_rest(stage: Stage) -> None:
    await create(stage, "The Artist", "paints all day")

    await stage.alice.slash(stage.studio, "identities edit", name="the artist", description="paints at night")
    after_description = await listed(stage)
    renamed = await stage.alice.slash(stage.studio, "identities edit", name="The Artist", new_name="The Owl")

    assert after_description == "- **The Artist**: paints at night"
    assert "“The Owl” is changed" in said(renamed)
    assert await listed(stage) == "- **The Owl**: paints at night"


async def test_a_name_may_change_its_case(stage: Stage) -> None:
    await create(stage, "the artist")

    await stage.alice.slash(stage.studio, "identities edit", name="the artist", new_name="The Artist")

    assert await names_of(stage, stage.alice) == ["The Artist"]


async def test_an_identity_cannot_take_the_name_of_another(stage: Stage) -> None:
    await create(stage, "The Artist")
    await create(stage, "The Explorer")

    refused = await stage.alice.slash(stage.studio, "identities edit", name="The Explorer", new_name="the ARTIST")

    assert "already" in said(refused)
    assert await names_of(stage, stage.alice) == ["The Artist", "The Explorer"]


async def test_an_unknown_name_is_answered_with_those_that_exist(stage: Stage) -> None:
    await create(stage, "The Artist")
    await create(stage, "The Explorer")

    for command in ("identities edit", "identities delete"):
        refused = await stage.alice.slash(stage.studio, command, name="The Pirate")
        assert refused.ephemeral
        assert "no identity named “The Pirate”" in said(refused)
        assert "“The Artist”, “The Explorer”" in said(refused)


async def test_the_identity_of_another_member_is_unknown(stage: Stage) -> None:
    await create(stage, "The Artist")

    edited = await stage.bob.slash(stage.studio, "identities edit", name="The Artist", new_name="Mine")
    deleted = await stage.bob.slash(stage.studio, "identities delete", name="The Artist")

    assert "no identity named “The Artist”. None has been made" in said(edited)
    assert "no identity named “The Artist”. None has been made" in said(deleted)
    assert await names_of(stage, stage.alice) == ["The Artist"]
    assert await names_of(stage, stage.bob) == []


async def test_only_ones_own_identities_are_offered(stage: Stage) -> None:
    await create(stage, "The Artist")
    await create(stage, "The Explorer")
    await create(stage, "The Explosive", who=stage.bob)

    for command, option in (("identities edit", "name"), ("identities delete", "name"), ("identity once", "identity")):
        offered = await stage.alice.autocomplete(stage.studio, command, option, "EXPL")
        assert [each["value"] for each in offered] == ["The Explorer"]


async def test_no_more_identities_are_offered_than_discord_shows(stage: Stage) -> None:
    for number in range(26):
        await stage.bot.services.identities.create(stage.alice.id, f"Number {number}", "one of many")

    offered = await stage.alice.autocomplete(stage.studio, "identities edit", "name", "")

    assert len(offered) == 25


async def test_a_deleted_identity_is_gone_from_the_list(stage: Stage) -> None:
    await create(stage, "The Artist")
    await create(stage, "The Explorer")

    deleted = await stage.alice.slash(stage.studio, "identities delete", name="the artist")

    assert "“The Artist” is deleted" in said(deleted)
    assert await listed(stage) == "- **The Explorer**: paints all day"


async def test_deleting_an_identity_leaves_its_chat_alive_without_it(stage: Stage) -> None:
    await stage.start(identity="The Artist")

    await stage.alice.slash(stage.studio, "identities delete", name="The Artist")
    await stage.alice.send(stage.thread, "make it warmer")

    chat = await chat_of(stage, stage.alice)
    shown = await stage.alice.slash(stage.studio, "identity show")
    assert chat is not None
    assert chat.identity_id is None
    assert "**v2**" in pictures(stage.thread)[-1].content
    assert "**The Artist** (deleted since)" in said(shown)


TROUBLESOME = {
    "**bold** `code` || [a](https://b.example)": r"\*\*bold\*\* \`code\` \|\| \[a\]\(https\://b.example\)",
    "@everyone <@1234>": "@\u200beveryone \\<@\u200b1234\\>",
    f"# Loud\n# {RIGHT_TO_LEFT}Louder{ZERO_WIDTH}": r"\# Loud \# Louder",
    "الفنان": "الفنان",
}
"""Names, and how they stand in a sentence: what they hold takes no effect there."""


async def test_a_name_neither_pings_nor_breaks_the_sentence_around_it(stage: Stage) -> None:
    for name, shown in TROUBLESOME.items():
        created = await create(stage, name)
        list_ = await listed(stage)
        deleted = await stage.alice.slash(stage.studio, "identities delete", name=name)
        unknown = await stage.alice.slash(stage.studio, "identities delete", name=name)

        assert said(created).startswith(f"“{shown}” is ready.")
        assert list_ == f"- **{shown}**: paints all day"
        assert said(deleted).startswith(f"“{shown}” is deleted.")
        assert said(unknown).startswith(f"There is no identity named “{shown}”.")


async def test_the_chat_of_a_troublesome_name_pings_nobody(stage: Stage) -> None:
    await stage.start(identity="@everyone <@&1> **")

    posted = pictures(stage.thread)[0]
    assert "@everyone" not in posted.content
    assert not posted.mention_everyone
    assert posted.role_mentions == []


async def test_a_name_of_100_characters_is_kept_whole_and_names_its_thread(stage: Stage) -> None:
    name = "*" * 100

    await create(stage, name)
    await stage.start(identity=name, description=None)

    assert await names_of(stage, stage.alice) == [name]
    assert stage.thread.name == name
    assert len(pictures(stage.thread)[0].content) <= 2000


async def test_a_name_or_description_that_shows_nothing_is_refused(stage: Stage) -> None:
    nameless = await create(stage, ZERO_WIDTH * 3)
    undescribed = await create(stage, "The Artist", "   ")
    await create(stage, "The Explorer")
    renamed = await stage.alice.slash(stage.studio, "identities edit", name="The Explorer", new_name=RIGHT_TO_LEFT)

    assert "needs a name" in said(nameless)
    assert "needs a description" in said(undescribed)
    assert "needs a name" in said(renamed)
    assert await names_of(stage, stage.alice) == ["The Explorer"]


async def test_a_long_list_fits_into_one_message_and_counts_the_rest(stage: Stage) -> None:
    for number in range(30):
        await stage.bot.services.identities.create(stage.alice.id, f"{number:02}" + "*" * 90, "_" * 500)

    answer = await listed(stage)

    assert len(answer) <= 2000
    assert answer.startswith(r"- **00\*")
    kept = answer.count("\n")
    assert answer.endswith(f"… and {30 - kept} more.")


async def test_many_long_names_still_fit_a_message(stage: Stage) -> None:
    for number in range(20):
        await stage.alice.slash(stage.studio, "identities create", name=f"{number:02}" + "*" * 98, description="x")

    result = await stage.alice.slash(stage.studio, "identities delete", name="The Pirate")

    assert "no identity named “The Pirate”" in said(result)
    assert len(said(result)) <= 2000
    assert "description" not in said(result)


async def test_an_edit_that_changes_nothing_asks_what_to_change(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Pilot", description="flies")

    result = await stage.alice.slash(stage.studio, "identities edit", name="The Pilot")

    assert "Say what to change" in said(result)
