"""What is drawn, seen in the pixels."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageChops, ImageStat

from bot.demo.local_gemini import LocalGemini
from bot.demo.local_gemini.composition import identity_name
from bot.demo.local_gemini.models import pixel_size
from demo.local_gemini.conversation import (
    Conversation,
    Json,
    body,
    final_part,
    inline,
    model,
    photo,
    pixels,
    text,
    user,
)

START = user(text("A portrait.\nIdentity: The Explorer\nA traveller."), inline(photo("teal")))

Measure = Callable[[Image.Image], float]


def warmth(picture: Image.Image) -> float:
    """Red minus blue, 0 to 255."""
    red, _, blue = ImageStat.Stat(picture).mean
    return red - blue


def brightness(picture: Image.Image) -> float:
    return ImageStat.Stat(picture.convert("L")).mean[0]


def difference(one: Image.Image, other: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(one, other)).mean) / 3


def detail(picture: Image.Image) -> float:
    """Steps between neighbours."""
    return difference(picture, ImageChops.offset(picture, 1, 0))


def color_at(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    color = picture.getpixel((int(x * picture.width), int(y * picture.height)))
    assert isinstance(color, tuple)
    return color


async def edited(conversation: Conversation, *prompts: str) -> list[Image.Image]:
    """The first picture, and the one after each prompt."""
    picture, content = await conversation.picture(body(START))
    pictures, history = [picture], [START, content]
    for prompt in prompts:
        picture, content = await conversation.picture(body(*history, user(text(prompt))))
        pictures.append(picture)
        history += [user(text(prompt)), content]
    return pictures


@pytest.mark.parametrize(
    ("ratio", "size", "pixels_of_it"),
    [
        ("16:9", "512", (688, 384)),
        ("16:9", "1K", (1376, 768)),
        ("16:9", "2K", (2752, 1536)),
        ("16:9", "4K", (5504, 3072)),
        ("1:1", "1K", (1024, 1024)),
        ("9:16", "1K", (768, 1376)),
    ],
)
def test_sizes_are_those_of_gemini(ratio: str, size: str, pixels_of_it: tuple[int, int]) -> None:
    assert pixel_size(ratio, size) == pixels_of_it


@pytest.mark.parametrize("ratio", ["16:9", "1:1", "1:8", "8:1"])
async def test_picture_has_the_size_that_was_asked_for(conversation: Conversation, ratio: str) -> None:
    picture, _ = await conversation.picture(body(START, ratio=ratio))

    assert picture.size == pixel_size(ratio, "512")


async def test_without_a_ratio_the_picture_is_shaped_like_the_photo(conversation: Conversation) -> None:
    prompt = user(text("hi"), inline(photo(size=(90, 160))))
    request = {"contents": [prompt], "generationConfig": {"imageConfig": {"imageSize": "512"}}}

    picture, _ = await conversation.picture(request)

    assert picture.size == pixel_size("9:16", "512")


async def test_first_picture_shows_the_photos_side_by_side(conversation: Conversation) -> None:
    prompt = user(text("Identity: X"), inline(photo("red")), inline(photo("blue")))

    picture, _ = await conversation.picture(body(prompt))

    assert color_at(picture, 0.25, 0.4) == pytest.approx((255, 0, 0), abs=12)
    assert color_at(picture, 0.75, 0.4) == pytest.approx((0, 0, 255), abs=12)


def test_name_is_read_from_the_line_that_states_it() -> None:
    assert identity_name("Draw this.\nIdentity: The Night Watch \nCalm.") == "The Night Watch"
    assert identity_name("a fox in the snow at dawn") == "a fox in the"


async def test_first_picture_shows_the_name(conversation: Conversation) -> None:
    def with_name(name: str) -> Json:
        return body(user(text(f"Identity: {name}"), inline(photo())))

    one, _ = await conversation.picture(with_name("The Explorer"))

    foot = one.crop((0, int(one.height * 0.76), one.width, one.height)).convert("L")
    light, dark = foot.histogram()[235:], foot.histogram()[:30]
    assert sum(light) > 800
    assert sum(dark) > 200


async def test_same_request_is_drawn_the_same(conversation: Conversation) -> None:
    one, _ = await conversation.picture(body(START))
    other, _ = await conversation.picture(body(START))
    another, _ = await conversation.picture(body(user(text("Identity: The Diver"), inline(photo("teal")))))

    assert difference(one, other) == 0
    assert difference(one, another) > 5


@pytest.mark.parametrize(
    ("prompt", "measure", "least_change"),
    [
        ("make the lighting warmer", warmth, 12),
        ("cooler, please", lambda picture: -warmth(picture), 12),
        ("brighter", brightness, 12),
        ("a bit darker", lambda picture: -brightness(picture), 12),
        ("blur it", lambda picture: -detail(picture), 0.5),
    ],
)
async def test_effects_move_what_they_name(
    conversation: Conversation, prompt: str, measure: Measure, least_change: float
) -> None:
    before, after = await edited(conversation, prompt)

    assert measure(after) - measure(before) > least_change


@pytest.mark.parametrize("prompt", ["black and white", "in black-and-white!", "Grayscale"])
async def test_black_and_white_leaves_no_colour(conversation: Conversation, prompt: str) -> None:
    _, after = await edited(conversation, prompt)

    red, green, blue = after.split()
    assert max(_spread(red, green), _spread(green, blue)) <= 3


def _spread(one: Image.Image, other: Image.Image) -> int:
    highest = ImageChops.difference(one, other).getextrema()[1]
    assert isinstance(highest, int)
    return highest


async def test_sepia_is_brown_everywhere(conversation: Conversation) -> None:
    _, after = await edited(conversation, "sepia")

    red, green, blue = color_at(after, 0.5, 0.4)
    assert red > green > blue


async def test_mirror_turns_left_to_right(conversation: Conversation) -> None:
    before, once, twice = await edited(conversation, "mirror it", "mirror it again")

    assert difference(once, before.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) < 2
    assert difference(twice, before) < 2


async def test_rotation_takes_the_angle_that_is_named(conversation: Conversation) -> None:
    before, by_180, quarter = await edited(conversation, "rotate by 180 degrees", "rotate")

    assert difference(by_180, before.transpose(Image.Transpose.ROTATE_180)) < 2
    assert quarter.size == before.size
    assert difference(quarter, by_180) > 10


async def test_zoom_goes_into_the_middle_and_out_again(conversation: Conversation) -> None:
    before, closer, wider = await edited(conversation, "zoom", "zoom out")
    width, height = before.size
    middle = before.crop((width // 8, height // 8, width * 7 // 8, height * 7 // 8)).resize(before.size)

    assert difference(closer, middle) < 3
    assert brightness(wider.crop((0, 0, width, height // 12))) < brightness(closer.crop((0, 0, width, 20)))


async def test_vignette_darkens_the_corners_alone(conversation: Conversation) -> None:
    before, after = await edited(conversation, "vignette")

    assert color_at(after, 0.5, 0.45) == pytest.approx(color_at(before, 0.5, 0.45), abs=6)
    assert sum(color_at(after, 0.98, 0.97)) < sum(color_at(before, 0.98, 0.97)) * 0.6


@pytest.mark.parametrize(
    ("prompt", "color"),
    [
        ("a red border", (255, 0, 0)),
        ("a border in blue", (0, 0, 255)),
        ("border", (255, 255, 255)),
    ],
)
async def test_border_has_its_colour(conversation: Conversation, prompt: str, color: tuple[int, int, int]) -> None:
    _, after = await edited(conversation, prompt)

    assert color_at(after, 0.005, 0.5) == pytest.approx(color, abs=12)
    assert color_at(after, 0.995, 0.5) == pytest.approx(color, abs=12)


async def test_quoted_text_is_drawn_and_not_obeyed(conversation: Conversation) -> None:
    before, after, longer = await edited(conversation, 'text "darker"', "text “a lot more letters here”")

    upper = (0, 0, before.width, before.height // 2)
    lower = (0, int(before.height * 0.78), before.width, int(before.height * 0.93))
    assert difference(after.crop(upper), before.crop(upper)) < 2
    assert sum(after.crop(lower).convert("L").histogram()[230:]) > 300
    assert difference(after.crop(lower), longer.crop(lower)) > 5


async def test_several_words_act_in_their_order(conversation: Conversation) -> None:
    *_, framed = await edited(conversation, "black and white with a red border")
    *_, grey = await edited(conversation, "a red border, then black and white")

    assert color_at(framed, 0.005, 0.5)[0] > 240
    assert warmth(grey) == pytest.approx(0, abs=1)


async def test_other_words_are_written_below_the_picture(conversation: Conversation) -> None:
    before, hat, dog = await edited(conversation, "give her a hat", "add a dog")

    strip = (0, int(before.height * 0.9), before.width, before.height)
    assert hat.size == before.size
    assert brightness(hat.crop(strip)) > 200
    assert min(hat.crop(strip).convert("L").tobytes()) < 80
    assert difference(dog, hat) > 5


async def test_third_edit_builds_on_the_second(conversation: Conversation) -> None:
    *_, second, third = await edited(conversation, "a red border", "black and white", "mirror")
    first, once, twice = await edited(conversation, "warmer", "warmer")

    assert difference(third, second.transpose(Image.Transpose.FLIP_LEFT_RIGHT)) < 2
    assert warmth(first) < warmth(once) - 10 < warmth(twice) - 15


async def test_edit_uses_the_newest_picture_of_the_history_sent(conversation: Conversation) -> None:
    _, first = await conversation.picture(body(START))
    _, red = await conversation.picture(body(START, first, user(text("red border"))))
    other = user(text("b"))

    after_red, _ = await conversation.picture(body(START, first, other, red, user(text("mirror"))))
    after_undo, _ = await conversation.picture(body(START, first, user(text("mirror"))))

    assert color_at(after_red, 0.005, 0.5)[0] > 240
    assert color_at(after_undo, 0.005, 0.5)[0] < 200


async def test_edit_in_another_size_is_resized(conversation: Conversation) -> None:
    _, first = await conversation.picture(body(START))

    picture, _ = await conversation.picture(body(START, first, user(text("warmer")), size="1K", ratio="1:1"))

    assert picture.size == (1024, 1024)


async def test_photo_of_an_edit_is_shown_in_the_lower_right(conversation: Conversation) -> None:
    _, first = await conversation.picture(body(START))

    picture, _ = await conversation.picture(body(START, first, user(text("mirror"), inline(photo("magenta")))))

    assert color_at(picture, 0.9, 0.83) == pytest.approx((255, 0, 255), abs=12)
    assert color_at(picture, 0.1, 0.83) != pytest.approx((255, 0, 255), abs=60)


async def test_any_size_of_photo_covers_its_panel(conversation: Conversation) -> None:
    for size in [(60, 80), (333, 77), (1, 1), (41, 997)]:
        picture, _ = await conversation.picture(body(user(text("x"), inline(photo("red", size))), size="2K"))

        assert color_at(picture, 0.5, 0.4) == pytest.approx((255, 0, 0), abs=12)


async def test_photo_of_a_camera_held_sideways_is_shown_upright(conversation: Conversation) -> None:
    sideways = Image.new("RGB", (80, 80), "red")
    sideways.paste("blue", (0, 0, 40, 80))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned a quarter clockwise: what is left in the file is the top of the scene
    picture, _ = await conversation.picture(body(user(text("x"), inline(_jpeg(sideways, exif), "image/jpeg"))))

    assert color_at(picture, 0.5, 0.2)[2] > 200
    assert color_at(picture, 0.5, 0.6)[0] > 200


def _jpeg(picture: Image.Image, exif: Image.Exif) -> bytes:
    encoded = io.BytesIO()
    picture.save(encoded, "JPEG", exif=exif, quality=95)
    return encoded.getvalue()


async def test_draft_is_smaller_and_marked(conversation: Conversation) -> None:
    final, content = await conversation.picture(body(START))
    draft = pixels(next(part for part in content["parts"] if part.get("thought") and "inlineData" in part))

    assert draft.width < final.width
    red = [r > 150 and g < 110 and b < 110 for r, g, b in _colors(draft)]
    assert sum(red) > 0.02 * draft.width * draft.height


def _colors(picture: Image.Image) -> list[tuple[int, int, int]]:
    raw = picture.tobytes()
    return list(zip(raw[::3], raw[1::3], raw[2::3], strict=True))


@pytest.mark.parametrize(("mime_type", "kind"), [("image/jpeg", "JPEG"), ("image/png", "PNG")])
async def test_pictures_come_in_the_type_that_is_set(
    gemini: LocalGemini, conversation: Conversation, mime_type: str, kind: str
) -> None:
    gemini.mime_type = mime_type
    _, content = await conversation.picture(body(START))
    blob = final_part(content)["inlineData"]

    assert blob["mimeType"] == mime_type
    assert Image.open(io.BytesIO(base64.b64decode(blob["data"]))).format == kind
    await conversation.picture(body(START, model(final_part(content)), user(text("warmer"))))
