"""/identity start, as the member sees it."""

from __future__ import annotations

from functools import cache
from io import BytesIO

import discord
from PIL import Image

from bot.demo.local_gemini import Fault
from bot.domain import TurnState
from stage import BLUE, GREEN, Stage, chat_of, count, last, photo, pictures, pixels, said
from storage.tables import ImageBytesRow, ImageRow, TurnRow


async def test_start_chat_success(stage: Stage) -> None:
    stage.gemini.picture = None  # it draws what is asked for
    result = await stage.start(photo2=("side.png", photo(GREEN)))

    assert result.ephemeral
    assert stage.thread.mention in said(result)
    assert stage.thread.name == "The Artist"
    (first,) = pictures(stage.thread)
    assert "v1" in first.content
    assert first.attachments[0].description == "The Artist: paints all day"
    assert (await pixels(first)).size == (688, 384)


async def test_start_chat_creates_record(stage: Stage) -> None:
    await stage.start(aspect="1:1", size="2K")

    chat = await chat_of(stage, stage.alice)
    assert chat.identity_name == "The Artist"
    assert (chat.place.guild_id, chat.place.channel_id) == (stage.guild.id, stage.studio.id)
    assert chat.place.thread_id == stage.thread.id
    assert (chat.image.aspect_ratio, chat.image.image_size) == ("1:1", "2K")
    async with stage.database.snapshot() as repos:
        (turn,) = await repos.turns.path(chat.head_turn_id)
    assert turn.state is TurnState.POSTED
    assert turn.reply_message_id == pictures(stage.thread)[0].id


async def test_start_asks_gemini_with_the_photos_the_description_and_the_settings(stage: Stage) -> None:
    await stage.start(photo2=("side.png", photo(GREEN)), instructions="on a rooftop", aspect="4:5")

    (request,) = stage.gemini.requests
    assert request.model == stage.settings.gemini_model
    assert request.response_modalities == ("TEXT", "IMAGE")
    assert request.image_config == {"aspectRatio": "4:5", "imageSize": "512"}
    text, *photos = request.contents[0]["parts"]
    for words in ("Identity: The Artist", "paints all day", "on a rooftop"):
        assert words in text["text"]
    assert len(photos) == 2


async def test_start_chat_replaces_existing(stage: Stage) -> None:
    await stage.start()
    old = stage.thread
    await stage.alice.send(old, "warmer")

    await stage.start(identity="The Explorer", description="sails", photo1=("me.png", photo(BLUE)))

    assert len(stage.studio.threads) == 2
    assert (await chat_of(stage, stage.alice)).place.thread_id == stage.thread.id
    assert await count(stage, TurnRow) == 1
    assert await count(stage, ImageRow) == await count(stage, ImageBytesRow) == 3  # two kept photos, one picture
    await stage.alice.send(old, "and darker")
    assert stage.thread.mention in last(old)
    assert len(pictures(old)) == 2


async def test_start_chat_missing_identity(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Pilot", description="flies")

    result = await stage.start(description=None)

    assert "no identity named “The Artist”" in said(result)
    assert "The Pilot" in said(result)
    assert stage.studio.threads == []
    assert stage.gemini.requests == []


async def test_start_chat_no_reference_images(stage: Stage) -> None:
    result = await stage.start(photo1=None)

    assert "/photos add" in said(result)
    assert stage.studio.threads == []
    assert await chat_of(stage, stage.alice) is None


async def test_a_start_that_cannot_be_taken_keeps_nothing_of_it(stage: Stage) -> None:
    await stage.start(photo1=None)

    assert said(await stage.alice.slash(stage.studio, "identities list")).startswith("You have no identities")


async def test_start_without_photos_uses_the_stored_ones(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "photos add", photo1=("a.png", photo(GREEN)), photo2=("b.png", photo(BLUE)))

    await stage.start(photo1=None)

    assert len(stage.gemini.requests[0].contents[0]["parts"]) == 3
    assert len(pictures(stage.thread)) == 1


async def test_photos_of_a_start_are_kept_for_the_next_one(stage: Stage) -> None:
    await stage.start()
    await stage.start(identity="The Explorer", photo1=None)

    first, second = stage.gemini.requests
    assert first.contents[0]["parts"][1] == second.contents[0]["parts"][1]


async def test_a_known_identity_needs_no_description_and_its_case_does_not_matter(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Pilot", description="flies by night")

    await stage.start(identity="the pilot", description=None)

    assert "flies by night" in stage.gemini.requests[0].contents[0]["parts"][0]["text"]
    assert stage.thread.name == "The Pilot"


async def test_a_good_photo_among_bad_ones_is_used_and_the_bad_ones_are_named(stage: Stage) -> None:
    result = await stage.start(photo2=("notes.txt", b"not a picture"), photo3=("empty.png", b""))

    assert "notes.txt" in said(result)
    assert "empty.png" in said(result)
    assert len(stage.gemini.requests[0].contents[0]["parts"]) == 2
    assert len(pictures(stage.thread)) == 1


async def test_only_bad_photos_are_refused_before_a_thread_is_opened(stage: Stage) -> None:
    result = await stage.start(photo1=("notes.txt", b"not a picture"))

    assert "notes.txt" in said(result)
    assert stage.studio.threads == []


async def test_a_private_thread_holds_its_owner(stage: Stage) -> None:
    await stage.start(private=True)

    assert stage.thread._channel.type == discord.ChannelType.private_thread.value
    assert len(pictures(stage.thread)) == 1


async def test_a_private_start_in_a_public_thread_is_refused(stage: Stage) -> None:
    await stage.start()

    result = await stage.bob.slash(
        stage.thread, "identity start", identity="X", description="x", photo1=("b.png", photo()), private=True
    )

    assert "only be opened from a text channel" in said(result)
    assert len(pictures(stage.thread)) == 1


async def test_fourteen_detailed_photos_fit_one_request(stage: Stage) -> None:
    for number in range(7):
        files = {f"photo{n}": (f"{n}.png", detailed(2 * number + n)) for n in (1, 2)}
        await stage.alice.slash(stage.studio, "photos add", **files)

    await stage.start(photo1=None)

    assert len(stage.gemini.requests[0].contents[0]["parts"]) == 15
    assert stage.gemini.requests[0].body_size < 20 * 1024 * 1024
    assert len(pictures(stage.thread)) == 1


def detailed(number: int) -> bytes:
    """Noise, which no JPEG makes small, with a corner of its own."""
    picture = noise().copy()
    picture.paste(10 * number, (0, 0, 40, 40))
    buffer = BytesIO()
    picture.save(buffer, "JPEG", quality=97)
    return buffer.getvalue()


@cache
def noise() -> Image.Image:
    return Image.effect_noise((1200, 1200), 70)


async def test_a_name_of_a_hundred_characters_fits_the_thread(stage: Stage) -> None:
    await stage.start(identity="A" * 100)

    assert stage.thread.name == "A" * 100


async def test_markdown_and_mentions_in_a_name_stay_text(stage: Stage) -> None:
    result = await stage.start(identity="**@everyone** `x`")

    first = pictures(stage.thread)[0]
    assert "@everyone" not in first.content.replace("@\u200b", "")
    assert not first.mention_everyone
    assert result.response is not None


async def test_missing_permissions_are_named_before_anything_is_done(stage: Stage) -> None:
    closed = stage.guild.create_text_channel(
        "closed", overwrites={stage.guild.default_role: discord.PermissionOverwrite(attach_files=False)}
    )

    result = await stage.alice.slash(
        closed, "identity start", identity="The Artist", description="x", photo1=("a.png", photo())
    )

    assert "Attach Files" in said(result)
    assert closed.threads == []
    assert stage.gemini.requests == []


async def test_a_size_that_the_model_does_not_offer_is_refused(stage: Stage) -> None:
    await stage.restart(gemini_model="gemini-3.1-flash-lite-image", image_size="1K")

    result = await stage.start(size="4K")

    assert "It offers 1K" in said(result)
    assert stage.studio.threads == []


async def test_shapes_and_sizes_are_suggested_as_the_model_offers_them(stage: Stage) -> None:
    await stage.restart(gemini_model="gemini-3.1-flash-lite-image", image_size="1K")

    sizes = await stage.alice.autocomplete(stage.studio, "identity start", "size", "")
    ratios = await stage.alice.autocomplete(stage.studio, "identity start", "aspect", "21")

    assert [each["value"] for each in sizes] == ["1K"]
    assert [each["value"] for each in ratios] == ["21:9"]


async def test_what_is_no_shape_is_refused_with_those_there_are(stage: Stage) -> None:
    result = await stage.start(aspect="round")

    assert "round" in said(result)
    assert "16:9" in said(result)
    assert stage.gemini.requests == []


async def test_a_shape_may_be_written_with_spaces(stage: Stage) -> None:
    await stage.start(aspect=" 16 : 9")

    assert (await chat_of(stage, stage.alice)).image.aspect_ratio == "16:9"


async def test_a_size_may_be_written_small(stage: Stage) -> None:
    await stage.start(size="2k")

    assert stage.gemini.requests[0].image_config["imageSize"] == "2K"


async def test_autocomplete_offers_the_members_own_identities(stage: Stage) -> None:
    await stage.alice.slash(stage.studio, "identities create", name="The Pilot", description="flies")
    await stage.alice.slash(stage.studio, "identities create", name="The Baker", description="bakes")
    await stage.bob.slash(stage.studio, "identities create", name="The Pirate", description="sails")

    choices = await stage.alice.autocomplete(stage.studio, "identity start", "identity", "pi")

    assert [choice["name"] for choice in choices] == ["The Pilot"]


# --- when the first picture does not come --------------------------------------------------------


async def test_a_refused_start_leaves_the_earlier_chat_as_it_was(stage: Stage) -> None:
    await stage.start()
    home = stage.thread
    before = await chat_of(stage, stage.alice)
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)

    await stage.start(identity="The Explorer")

    assert await chat_of(stage, stage.alice) == before
    refused = last(stage.thread)
    assert "Rephrase" in refused
    assert home.mention in refused
    await stage.alice.send(home, "warmer")
    assert len(pictures(home)) == 2


async def test_writing_in_the_thread_of_a_refused_start_is_answered(stage: Stage) -> None:
    stage.gemini.fail_next(Fault.PROMPT_BLOCKED)
    await stage.start()

    await stage.alice.send(stage.thread, "hello?")

    assert "/identity start" in last(stage.thread)
