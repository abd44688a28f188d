"""What is sent to Gemini and what comes back, over a real connection to the local one."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from hashlib import sha256
from io import BytesIO
from unittest.mock import Mock

import httpx2
import pytest
from google import genai
from google.genai import models, types
from PIL import Image

from bot.demo.local_gemini import Fault, LocalGemini
from bot.domain import ImageSettings, Picture
from bot.errors import UnsupportedByModel
from bot.gemini.chat_history import deserialize_chat_history, user_content
from bot.gemini.image_service import GeminiImageService, _config
from bot.gemini_errors import GeminiError, GeminiTimeout, GeminiUnreachable, OperatorNeeded, SignatureRejected
from workshop import service_at

IMAGE = ImageSettings("gemini-nano-banana-2.1", "1:1", "1K")


@pytest.fixture
async def service(gemini: LocalGemini) -> AsyncIterator[GeminiImageService]:
    service = service_at(gemini.url)
    yield service
    await service.close()


def red_photo() -> Picture:
    buffer = BytesIO()
    Image.new("RGB", (64, 64), "red").save(buffer, "PNG")
    return Picture(buffer.getvalue(), "image/png", 64, 64)


async def test_a_first_message_is_answered_with_a_picture_its_price_and_its_contents(
    service: GeminiImageService, gemini: LocalGemini
) -> None:
    gemini.picture = None  # it draws what is asked for
    photo = red_photo()

    picture, response = await service.send_chat_message(
        service.create_chat(IMAGE), user_content("Identity: The Artist", [photo]), {photo.sha256: photo}
    )

    assert picture is not None
    assert (picture.width, picture.height, picture.mime_type) == (1024, 1024, "image/jpeg")
    assert response.problem is None
    assert response.usage.cost_usd == 0.0336
    assert response.usage.prompt_tokens
    assert response.model_content["parts"][-1]["inline_data"]["sha256"] == picture.sha256


async def test_a_chat_made_from_stored_contents_is_accepted_with_its_signatures(
    service: GeminiImageService, gemini: LocalGemini
) -> None:
    first = user_content("Identity: The Artist", [])
    picture, response = await service.send_chat_message(service.create_chat(IMAGE), first)
    assert picture is not None

    chat = service.create_chat(IMAGE, [first, response.model_content], {picture.sha256: picture})
    second, _ = await service.send_chat_message(chat, user_content("warmer", []))

    assert second is not None
    assert gemini.requests[-1].contents[1]["parts"][-1]["inlineData"]["sha256"] == picture.sha256
    assert len(chat.history) == 2


async def test_pictures_travel_around_the_sdk_both_ways(service: GeminiImageService, gemini: LocalGemini) -> None:
    built: list[bytes] = []
    read: list[bytes] = []
    service._http.event_hooks = {
        "request": [partial(_note_request, built)],
        "response": [partial(_note_response, read)],
    }
    photo = red_photo()
    first = user_content("Identity: The Artist", [photo])
    picture, response = await service.send_chat_message(service.create_chat(IMAGE), first, {photo.sha256: photo})
    assert picture is not None

    pictures = {each.sha256: each for each in (photo, picture)}
    chat = service.create_chat(IMAGE, [first, response.model_content], pictures)
    await service.send_chat_message(chat, user_content("warmer", []))

    assert gemini.requests[-1].body_size > len(picture.data) + len(photo.data)
    assert max(map(len, built)) < 3000
    assert max(map(len, read)) < 3000


async def _note_request(built: list[bytes], request: httpx2.Request) -> None:
    built.append(request.content)


async def _note_response(read: list[bytes], response: httpx2.Response) -> None:
    read.append(await response.aread())


async def test_a_request_says_what_the_sdk_alone_would_have_said(
    service: GeminiImageService, gemini: LocalGemini
) -> None:
    """Its bytes may differ: it writes one name in snake case, and base64 in the other alphabet."""
    photo = red_photo()
    first = user_content("Identity: The Artist", [photo])
    picture, response = await service.send_chat_message(service.create_chat(IMAGE), first, {photo.sha256: photo})
    assert picture is not None
    stored = [first, response.model_content, user_content("warmer", [])]
    pictures = {each.sha256: each for each in (photo, picture)}

    await service.send_chat_message(service.create_chat(IMAGE, stored[:2], pictures), stored[2])
    history = deserialize_chat_history(stored, {sha256: each.data for sha256, each in pictures.items()})
    config = _config(IMAGE, history).model_copy(update={"http_options": None})
    async with httpx2.AsyncClient() as http:
        options = types.HttpOptions(base_url=gemini.url, api_version="v1beta", httpx_async_client=http)
        alone = genai.Client(api_key="the-key", http_options=options)
        await alone.aio.models.generate_content(model=IMAGE.model, contents=list(history), config=config)

    streamed, by_the_sdk = gemini.requests[-2:]
    assert replace(streamed, body_size=0) == replace(by_the_sdk, body_size=0)


async def test_a_long_history_takes_the_sdk_no_longer_than_a_short_one(
    service: GeminiImageService, gemini: LocalGemini, monkeypatch: pytest.MonkeyPatch
) -> None:
    converted = Mock(wraps=models._Content_to_mldev)
    monkeypatch.setattr(models, "_Content_to_mldev", converted)
    said = [user_content("a hat", []), {"role": "model", "parts": [{"text": "Which one?"}]}]

    await service.send_chat_message(service.create_chat(IMAGE, said * 10), user_content("the red one", []))

    assert len(gemini.requests[-1].contents) == 21
    assert converted.call_count == 1


async def test_what_arrives_is_not_hashed_again(service: GeminiImageService) -> None:
    picture, _ = await service.send_chat_message(service.create_chat(IMAGE), user_content("a hat", []))

    assert picture is not None
    assert vars(picture)["sha256"] == sha256(picture.data).hexdigest()


async def test_a_picture_is_its_receivers_alone(service: GeminiImageService) -> None:
    """While anything else holds it, its memory stays in use: the timers of a call that has ended live for minutes."""
    picture, _ = await service.send_chat_message(service.create_chat(IMAGE), user_content("a cat", []))
    assert picture is not None
    nobody_elses = replace(picture, data=bytes(bytearray(picture.data)))
    assert sys.getrefcount(picture.data) == sys.getrefcount(nobody_elses.data)


async def test_a_history_whose_picture_was_changed_is_refused_by_gemini(service: GeminiImageService) -> None:
    first = user_content("Identity: The Artist", [])
    picture, response = await service.send_chat_message(service.create_chat(IMAGE), first)
    assert picture is not None
    other = Picture(picture.data + b"\x00", picture.mime_type, 1, 1)

    chat = service.create_chat(IMAGE, [first, response.model_content], {picture.sha256: other})

    with pytest.raises(SignatureRejected):
        await service.send_chat_message(chat, user_content("warmer", []))


async def test_an_answer_without_a_picture_says_why(service: GeminiImageService, gemini: LocalGemini) -> None:
    gemini.fail_next(Fault.TEXT_ONLY, text="Which hat?")

    picture, response = await service.send_chat_message(service.create_chat(IMAGE), user_content("a hat", []))

    assert picture is None
    assert response.text == "Which hat?"
    assert response.problem is not None
    assert response.usage.cost_usd is None


async def test_no_answer_in_time_is_a_timeout(gemini: LocalGemini) -> None:
    service = service_at(gemini.url, timeout_seconds=0.3)
    gemini.fail_next(Fault.TIMEOUT)

    with pytest.raises(GeminiTimeout) as caught:
        await service.send_chat_message(service.create_chat(IMAGE), user_content("warmer", []))

    await service.close()
    assert "within 1 second. Try again" in caught.value.user_message
    assert len(gemini.requests) == 1


@pytest.mark.parametrize("fault", [Fault.DROPPED, Fault.DROPPED_HALFWAY])
async def test_a_broken_connection_is_never_sent_again_by_itself(
    service: GeminiImageService, gemini: LocalGemini, fault: Fault
) -> None:
    gemini.fail_next(fault)

    with pytest.raises(GeminiUnreachable):
        await service.send_chat_message(service.create_chat(IMAGE), user_content("warmer", []))

    assert len(gemini.requests) == 1


async def test_nobody_at_the_address_is_a_broken_connection_over_which_nothing_was_paid_for() -> None:
    service = service_at("http://127.0.0.1:9")

    with pytest.raises(GeminiUnreachable) as caught:
        await service.send_chat_message(service.create_chat(IMAGE), user_content("warmer", []))

    await service.close()
    assert not caught.value.maybe_paid


@pytest.mark.parametrize("fault", [each for each in Fault if each not in (Fault.TIMEOUT, Fault.TWO_PICTURES)])
async def test_no_foreign_exception_leaves(service: GeminiImageService, gemini: LocalGemini, fault: Fault) -> None:
    gemini.fail_next(fault)

    try:
        picture, response = await service.send_chat_message(service.create_chat(IMAGE), user_content("x", []))
    except GeminiError:
        return
    assert picture is None
    assert isinstance(response.problem, GeminiError)


async def test_ratio_and_size_that_a_known_model_lacks_are_refused_before_it_is_asked(
    service: GeminiImageService, gemini: LocalGemini
) -> None:
    with pytest.raises(UnsupportedByModel, match="21:10"):
        service.create_chat(ImageSettings("gemini-nano-banana-2.1", "21:10", "1K"))
    with pytest.raises(UnsupportedByModel, match="512"):
        service.create_chat(ImageSettings("gemini-nano-banana-2.1", "1:1", "512"))
    assert gemini.requests == []


async def test_a_model_that_takes_no_size_is_sent_none(service: GeminiImageService, gemini: LocalGemini) -> None:
    chat = service.create_chat(ImageSettings("gemini-3.1-flash-lite-image", "1:1", "1K"))

    picture, _ = await service.send_chat_message(chat, user_content("Identity: The Artist", []))

    assert picture is not None
    assert gemini.requests[-1].image_config == {"aspectRatio": "1:1"}


async def test_the_key_and_the_model_can_be_checked(service: GeminiImageService, gemini: LocalGemini) -> None:
    await service.check_model("gemini-nano-banana-2.1")

    with pytest.raises(OperatorNeeded, match="model"):
        await service.check_model("gemini-unheard-of")
    stranger = service_at(gemini.url, key="another-key")
    with pytest.raises(OperatorNeeded, match="key is not valid"):
        await stranger.check_model("gemini-nano-banana-2.1")
    await stranger.close()
