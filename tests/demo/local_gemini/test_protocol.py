"""What is refused, and in which words."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from bot.demo.local_gemini import LocalGemini
from demo.local_gemini.conversation import (
    Conversation,
    Json,
    body,
    final_part,
    inline,
    model,
    photo,
    text,
    user,
)


async def test_request_without_a_key_is_forbidden(conversation: Conversation) -> None:
    status, answer = await conversation.post(body(user(text("hi"))), key=None)

    assert status == 403
    assert answer["error"]["status"] == "PERMISSION_DENIED"


async def test_wrong_key_is_named_as_such() -> None:
    async with LocalGemini(api_key="right") as gemini, Conversation.with_server(gemini.url) as talk:
        status, answer = await talk.post(body(user(text("hi"))), key="wrong")
        good, _ = await talk.post(body(user(text("hi"))), key="right")

    assert status == 400
    assert answer["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    assert good == 200


@pytest.mark.parametrize("version", ["v1", "v1beta"])
async def test_both_versions_of_the_api_are_spoken(conversation: Conversation, version: str) -> None:
    assert (await conversation.post(body(user(text("hi"))), version=version))[0] == 200


async def test_unknown_model_is_not_found(conversation: Conversation) -> None:
    status, answer = await conversation.post(body(user(text("hi"))), model="gemini-9")

    assert status == 404
    assert answer["error"]["status"] == "NOT_FOUND"
    assert "models/gemini-9 is not found for API version v1" in answer["error"]["message"]


async def test_doctor_can_look_up_models(conversation: Conversation) -> None:
    headers = {"x-goog-api-key": "any"}
    models = f"{conversation.url}/v1/models"
    async with conversation.session.get(models, headers=headers) as answer:
        names = [each["name"] for each in (await answer.json())["models"]]
    async with conversation.session.get(f"{models}/gemini-nano-banana-2.1", headers=headers) as answer:
        found = await answer.json()
    async with conversation.session.get(f"{models}/gemini-9", headers=headers) as answer:
        missing = answer.status
    async with conversation.session.get(models) as answer:
        without_key = answer.status

    assert len(names) == 4
    assert found["name"] == "models/gemini-nano-banana-2.1"
    assert (missing, without_key) == (404, 403)


async def test_it_says_that_it_is_a_stand_in(conversation: Conversation) -> None:
    async with conversation.session.get(conversation.url) as answer:
        assert "a stand-in" in await answer.text()
        assert "stand-in" in answer.headers["Server"]


@pytest.mark.parametrize(
    ("model_id", "size", "ratio", "complaint"),
    [
        ("gemini-3.1-flash-image", "8K", "16:9", "Image size '8K' is not supported"),
        ("gemini-nano-banana-2.1", "512", "16:9", "Image size '512' is not supported"),
        ("gemini-3.1-flash-image", "1k", "16:9", "Image size '1k' is not supported"),
        ("gemini-3.1-flash-lite-image", "1K", "16:9", "Image size is not configurable"),
        ("gemini-3.1-flash-image", "512", "16:10", "Aspect ratio '16:10' is not supported"),
        ("gemini-3-pro-image", "1K", "1:8", "Aspect ratio '1:8' is not supported"),
    ],
)
async def test_sizes_and_ratios_that_a_model_lacks_are_refused(
    conversation: Conversation, model_id: str, size: str, ratio: str, complaint: str
) -> None:
    message = await conversation.refusal(body(user(text("hi")), size=size, ratio=ratio), model=model_id)

    assert complaint in message


async def test_default_model_takes_no_seed(conversation: Conversation) -> None:
    request = body(user(text("hi")), size="1K", seed=7)

    assert "Seed" in await conversation.refusal(request, model="gemini-nano-banana-2.1")


@pytest.mark.parametrize(
    ("request_body", "unknown"),
    [
        ({"contents": [], "prompt": "x"}, '"prompt": Cannot find field'),
        ({"generationConfig": {"sharpness": 1}}, "\"sharpness\" at 'generation_config'"),
        ({"generationConfig": {"imageConfig": {"dpi": 1}}}, "\"dpi\" at 'generation_config.image_config'"),
        ({"contents": [{"role": "user", "words": []}]}, "\"words\" at 'contents[0]'"),
    ],
)
async def test_unknown_fields_are_refused(conversation: Conversation, request_body: Json, unknown: str) -> None:
    message = await conversation.refusal(request_body)

    assert message.startswith("Invalid JSON payload received. Unknown name")
    assert unknown in message


async def test_body_that_is_not_json_is_refused(conversation: Conversation) -> None:
    assert "Invalid JSON payload" in await conversation.refusal(None, raw=b'{"contents": [')


async def test_request_above_the_limit_is_refused_whole() -> None:
    async with LocalGemini(max_request_bytes=2000) as gemini, Conversation.with_server(gemini.url) as talk:
        message = await talk.refusal(body(user(text("x" * 3_000_000))))
        small, _ = await talk.post(body(user(text("x"))))

    assert message == "Request payload size exceeds the limit: 2000 bytes."
    assert small == 200


@pytest.mark.parametrize(
    "contents",
    [
        [model(text("hi"))],
        [user(text("a")), user(text("b"))],
        [user(text("a")), model(text("b"))],
        [{"role": "system", "parts": [text("a")]}],
        [],
    ],
)
async def test_roles_alternate_from_user_to_user(conversation: Conversation, contents: list[Json]) -> None:
    assert await conversation.refusal(body(*contents))


@pytest.mark.parametrize("part", [{}, {"text": "a", **inline(photo())}, {"thought": True}])
async def test_part_is_text_or_picture_and_never_both(conversation: Conversation, part: Json) -> None:
    assert "oneof field 'data'" in await conversation.refusal(body(user(part)))


async def test_more_pictures_than_allowed_are_refused(conversation: Conversation) -> None:
    allowed, _ = await conversation.post(body(user(*[inline(photo())] * 14)))

    assert allowed == 200
    assert "at most 14" in await conversation.refusal(body(user(*[inline(photo())] * 15)))


@pytest.mark.parametrize(
    "picture",
    [
        inline(b"no picture at all"),
        inline(photo(size=(400, 400), kind="JPEG"), "image/png"),
        inline(photo(size=(400, 400), kind="JPEG")[:-300], "image/jpeg"),
    ],
    ids=["no picture", "another type", "cut off"],
)
async def test_picture_that_cannot_be_read_is_refused(conversation: Conversation, picture: Json) -> None:
    assert "Unable to process input image" in await conversation.refusal(body(user(picture)))


async def test_type_that_gemini_does_not_take_is_refused(conversation: Conversation) -> None:
    assert "Unsupported MIME type: image/gif" in await conversation.refusal(
        body(user(inline(photo(kind="GIF"), "image/gif")))
    )


async def test_both_alphabets_of_base64_are_read(gemini: LocalGemini, conversation: Conversation) -> None:
    picture = photo(size=(61, 83))
    url_safe = inline(picture)
    url_safe["inlineData"]["data"] = base64.urlsafe_b64encode(picture).decode().rstrip("=")

    await conversation.picture(body(user(inline(picture), url_safe)))

    standard, other = gemini.requests[-1].contents[0]["parts"]
    assert standard == other


async def test_model_turn_with_the_final_picture_alone_is_accepted(conversation: Conversation) -> None:
    _, content = await conversation.picture(body(user(text("a"))))

    await conversation.picture(body(user(text("a")), model(final_part(content)), user(text("warmer"))))


async def test_picture_without_its_signature_is_refused(conversation: Conversation) -> None:
    _, content = await conversation.picture(body(user(text("a"))))
    bare = {"inlineData": final_part(content)["inlineData"]}

    message = await conversation.refusal(body(user(text("a")), model(bare), user(text("b"))))

    assert message == "Image part is missing a thought_signature in content position 2, part position 1."


async def test_text_before_a_picture_needs_its_signature_too(conversation: Conversation) -> None:
    _, content = await conversation.picture(body(user(text("a"))))
    picture = final_part(content)

    message = await conversation.refusal(body(user(text("a")), model(text("x"), picture), user(text("b"))))
    after, _ = await conversation.post(body(user(text("a")), model(picture, text("x")), user(text("b"))))

    assert message == "Text part is missing a thought_signature in content position 2, part position 1."
    assert after == 200


async def test_every_model_turn_is_checked(conversation: Conversation) -> None:
    _, first = await conversation.picture(body(user(text("a"))))
    _, second = await conversation.picture(body(user(text("a")), first, user(text("b"))))
    bare = model({"inlineData": final_part(first)["inlineData"]})

    message = await conversation.refusal(body(user(text("a")), bare, user(text("b")), second, user(text("c"))))

    assert "content position 2" in message


def _altered(first: Json, _second: Json) -> Any:
    signature = bytearray(base64.b64decode(first["thoughtSignature"]))
    signature[0] ^= 1
    return base64.b64encode(signature).decode()


def _moved(_first: Json, second: Json) -> Any:
    return second["thoughtSignature"]


def _not_base64(_first: Json, _second: Json) -> Any:
    return "!!"


@pytest.mark.parametrize("forge", [_altered, _moved, _not_base64])
async def test_signature_of_anything_else_is_refused(conversation: Conversation, forge: Any) -> None:
    _, one = await conversation.picture(body(user(text("a"))))
    _, two = await conversation.picture(body(user(text("b"))))
    forged = {**final_part(one), "thoughtSignature": forge(final_part(one), final_part(two))}

    message = await conversation.refusal(body(user(text("a")), model(forged), user(text("c"))))

    assert message == "Corrupted thought signature."


async def test_thoughts_in_a_history_need_no_signature(conversation: Conversation) -> None:
    _, content = await conversation.picture(body(user(text("a"))))

    assert any(part.get("thought") for part in content["parts"])
    await conversation.picture(body(user(text("a")), content, user(text("b"))))
