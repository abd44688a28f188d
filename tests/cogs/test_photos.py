"""/photos, as members see it."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from simcord.actors import MemberActor
from simcord.results import InteractionResult, ResponseMessage

from bot.domain import ReferencePhoto
from bot.imaging.intake import MAX_PHOTO_BYTES
from bot.wording import NO_SUCH_PHOTOS
from forgery import forged_choice
from stage import BLUE, GREEN, RED, Stage, photo, said

MENU = "photos-to-delete"


async def add(stage: Stage, *files: tuple[str, bytes], who: MemberActor | None = None) -> InteractionResult:
    options = {f"photo{number}": file for number, file in enumerate(files, start=1)}
    return await (who or stage.alice).slash(stage.studio, "photos add", **options)


async def shelf(stage: Stage, who: MemberActor | None = None) -> list[ReferencePhoto]:
    return list(await stage.bot.services.photos.of_user((who or stage.alice).id))


async def names(stage: Stage, who: MemberActor | None = None) -> list[str]:
    return [each.name for each in await shelf(stage, who)]


def grey(number: int) -> tuple[str, bytes]:
    """A photo unlike those of other numbers, and quick to clean."""
    return f"{number}.png", photo((number * 10, number * 10, number * 10), size=(32, 32))


async def fill(stage: Stage, count: int) -> None:
    for first in range(1, count + 1, 5):
        await add(stage, *map(grey, range(first, min(first + 5, count + 1))))


def message(result: InteractionResult) -> ResponseMessage:
    """The bot's answer."""
    assert result.response is not None
    return result.response


def menu_options(result: InteractionResult) -> dict[str, str]:
    """The menu's choices: what each says and what it stands for."""
    menu = message(result).components[0]["components"][0]
    assert menu["custom_id"] == MENU
    return {option["label"]: option["value"] for option in menu["options"]}


async def test_added_photos_are_kept_and_listed_with_a_sheet(stage: Stage) -> None:
    added = await add(stage, ("red.png", photo()), ("green.jpg", photo(GREEN, (64, 48), "JPEG")))

    shown = await stage.alice.slash(stage.studio, "photos list")
    (sheet,) = message(shown).attachments
    assert added.ephemeral
    assert shown.ephemeral
    assert said(added) == "2 photos added; you have 2 of 14."
    assert said(shown) == "2 of 14 photos:\n1. red.png · 96 x 120 pixels\n2. green.jpg · 64 x 48 pixels"
    assert Image.open(BytesIO(await sheet.read())).size == (512, 256)
    assert sheet.description


async def test_the_photos_of_the_shelf_begin_a_chat_that_brings_none(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)), ("green.png", photo(GREEN)))

    await stage.start(photo1=None)

    sent = [part["inlineData"]["sha256"] for part in stage.gemini.requests[-1].contents[0]["parts"][1:]]
    assert sent == [each.sha256 for each in await shelf(stage)]


async def test_without_photos_the_list_and_the_menu_say_how_to_add_some(stage: Stage) -> None:
    assert "`/photos add`" in said(await stage.alice.slash(stage.studio, "photos list"))
    assert "`/photos add`" in said(await stage.alice.slash(stage.studio, "photos remove"))


async def test_the_same_photo_twice_is_kept_once(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))

    again = await add(stage, ("again.png", photo(RED)), ("blue.png", photo(BLUE)), ("copy.png", photo(BLUE)))

    assert said(again) == "1 photo added; you have 2 of 14. 2 you had already."
    assert await names(stage) == ["red.png", "blue.png"]


async def test_the_photo_of_another_member_is_none_that_one_had_already(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))

    added = await add(stage, ("mine.png", photo(RED)), who=stage.bob)

    assert said(added) == "1 photo added; you have 1 of 14."
    assert await names(stage, stage.bob) == ["mine.png"]


async def test_a_good_photo_among_bad_ones_is_kept_and_the_bad_ones_are_named(stage: Stage) -> None:
    added = await add(
        stage,
        ("notes.png", b"these are words"),
        ("red.png", photo(RED)),
        ("empty.jpg", b""),
        ("half.png", photo(RED)[:200]),
    )

    sentence, *notes = said(added).splitlines()
    assert sentence == "1 photo added; you have 1 of 14."
    assert [note.split("`")[1] for note in notes] == ["notes.png", "empty.jpg", "half.png"]
    assert await names(stage) == ["red.png"]


async def test_with_bad_ones_alone_nothing_is_kept(stage: Stage) -> None:
    refused = await add(stage, ("notes.png", b"these are words"), ("`@everyone`.jpg", b""))

    assert "`notes.png`" in said(refused)
    assert "`'＠everyone'.jpg` is empty" in said(refused)  # noqa: RUF001 - no letter that could ping
    assert await shelf(stage) == []


async def test_a_file_that_is_too_large_is_refused_by_its_size(stage: Stage) -> None:
    large = photo(RED) + bytes(MAX_PHOTO_BYTES)

    refused = await add(stage, ("large.png", large))

    assert "`large.png` is too big a file" in said(refused)
    assert "25 MB" in said(refused)
    assert await shelf(stage) == []


async def test_the_fifteenth_photo_has_no_room(stage: Stage) -> None:
    await fill(stage, 13)

    partly = await add(stage, grey(14), grey(15))
    refused = await add(stage, grey(16))

    assert said(partly).startswith("1 photo added; you have 14 of 14.")
    assert "1 more had no room" in said(partly)
    assert "Make room with `/photos remove`" in said(refused)
    assert await names(stage) == [f"{number}.png" for number in range(1, 15)]


async def test_photos_picked_from_the_menu_are_removed(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)), ("green.png", photo(GREEN)), ("blue.png", photo(BLUE)))
    asked = await stage.alice.slash(stage.studio, "photos remove")
    options = menu_options(asked)

    await stage.alice.select(message(asked), [options["1. red.png"], options["3. blue.png"]], custom_id=MENU)

    assert asked.ephemeral
    assert said(asked) == "2 photos removed."
    assert message(asked).components == []
    assert message(asked).attachments == []
    assert await names(stage) == ["green.png"]


async def test_all_fourteen_can_be_removed_at_once_and_their_bytes_go(stage: Stage) -> None:
    await fill(stage, 14)
    hashes = [each.sha256 for each in await shelf(stage)]
    asked = await stage.alice.slash(stage.studio, "photos remove")

    await stage.alice.select(message(asked), list(menu_options(asked).values()), custom_id=MENU)

    assert said(asked) == "14 photos removed."
    async with stage.database.snapshot() as repos:
        assert await repos.images.load(hashes) == {}


async def test_a_removed_photo_stays_in_the_chat_that_began_with_it(stage: Stage) -> None:
    await stage.start(photo1=("red.png", photo(RED)))
    (kept,) = await shelf(stage)
    asked = await stage.alice.slash(stage.studio, "photos remove")

    await stage.alice.select(message(asked), [kept.sha256], custom_id=MENU)
    await stage.alice.send(stage.thread, "make it warmer")

    first = stage.gemini.requests[-1].contents[0]["parts"]
    assert await shelf(stage) == []
    assert first[1]["inlineData"]["sha256"] == kept.sha256


async def test_a_photo_removed_elsewhere_is_not_removed_twice(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    first = await stage.alice.slash(stage.studio, "photos remove")
    second = await stage.alice.slash(stage.studio, "photos remove")

    await stage.alice.select(message(first), list(menu_options(first).values()), custom_id=MENU)
    await stage.alice.select(message(second), list(menu_options(second).values()), custom_id=MENU)

    assert said(second) == NO_SUCH_PHOTOS


async def test_the_menu_of_another_member_removes_nothing(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    asked = await stage.alice.slash(stage.studio, "photos remove")

    await forged_choice(stage.bob, message(asked), MENU, list(menu_options(asked).values()))

    assert await names(stage) == ["red.png"]


async def test_an_old_menu_never_removes_a_photo_that_came_later(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    old = await stage.alice.slash(stage.studio, "photos remove")
    await stage.bot.services.photos.remove(stage.alice.id, [(await shelf(stage))[0].sha256])
    await add(stage, ("green.png", photo(GREEN)))

    await stage.alice.select(message(old), list(menu_options(old).values()), custom_id=MENU)

    assert said(old) == NO_SUCH_PHOTOS
    assert await names(stage) == ["green.png"]


async def test_who_is_blocked_by_now_cannot_use_the_menu_either(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    asked = await stage.alice.slash(stage.studio, "photos remove")
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice, reason="spam")

    refused = await stage.alice.select(message(asked), list(menu_options(asked).values()), custom_id=MENU)

    assert "has blocked you from using me: spam" in said(refused)
    assert await names(stage) == ["red.png"]


async def test_values_that_no_menu_has_remove_nothing(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    asked = await stage.alice.slash(stage.studio, "photos remove")

    await forged_choice(stage.alice, message(asked), MENU, ["1", "abc", "9" * 5000])

    assert said(asked) == NO_SUCH_PHOTOS
    assert await names(stage) == ["red.png"]


async def test_the_menu_serves_hours_later_and_after_a_restart(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)), ("green.png", photo(GREEN)))
    asked = await stage.alice.slash(stage.studio, "photos remove")
    stage.env.backend.advance_clock(8 * 3600)
    await stage.restart()

    await stage.alice.select(message(asked), [menu_options(asked)["2. green.png"]], custom_id=MENU)

    assert said(asked) == "1 photo removed."
    assert await names(stage) == ["red.png"]


async def test_guessed_photos_of_another_member_are_not_removed(stage: Stage) -> None:
    await add(stage, ("red.png", photo(RED)))
    await add(stage, ("green.png", photo(GREEN)), who=stage.bob)
    (of_alice,) = await shelf(stage)
    asked = await stage.bob.slash(stage.studio, "photos remove")

    await forged_choice(stage.bob, message(asked), MENU, [of_alice.sha256])

    assert said(asked) == NO_SUCH_PHOTOS
    assert await names(stage) == ["red.png"]
    assert await names(stage, stage.bob) == ["green.png"]


async def test_a_file_name_neither_pings_nor_breaks_the_list(stage: Stage) -> None:
    await add(stage, ("@everyone **\u202egnp.png", photo(RED)))

    shown = await stage.alice.slash(stage.studio, "photos list")
    asked = await stage.alice.slash(stage.studio, "photos remove")

    assert "1. @\u200beveryone \\*\\*gnp.png · 96 x 120 pixels" in said(shown)
    assert list(menu_options(asked)) == ["1. @everyone **gnp.png"]
