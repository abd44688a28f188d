"""The good answer, what is remembered of a request, the SDK as a client, and the process of its own."""

from __future__ import annotations

import asyncio
import hashlib
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import pytest
from google import genai
from google.genai import errors, types
from google.genai.client import AsyncClient

from bot.demo.local_gemini import Fault, LocalGemini, server
from bot.demo.local_gemini.drawing import Drawing
from demo.local_gemini.conversation import Conversation, body, final_part, inline, model, photo, text, user
from stage import until

DEFAULT_MODEL = "gemini-nano-banana-2.1"


async def test_answer_has_thoughts_then_words_then_the_picture(conversation: Conversation) -> None:
    _, answer = await conversation.post(body(user(text("hi"), inline(photo()))))

    (candidate,) = answer["candidates"]
    thought, draft, words, picture = candidate["content"]["parts"]
    assert candidate["finishReason"] == "STOP"
    assert candidate["content"]["role"] == "model"
    assert thought["thought"]
    assert "text" in thought
    assert draft["thought"]
    assert "inlineData" in draft
    assert "thoughtSignature" not in thought | draft
    assert words["text"]
    assert words["thoughtSignature"]
    assert picture["inlineData"]["mimeType"] == "image/jpeg"
    assert picture["thoughtSignature"]
    assert answer["modelVersion"] == "gemini-3.1-flash-image"
    assert answer["responseId"]


async def test_usage_counts_pictures_and_adds_up(conversation: Conversation) -> None:
    _, bare = await conversation.post(body(user(text("hi"))))
    _, answer = await conversation.post(body(user(text("hi"), inline(photo()))))

    usage = answer["usageMetadata"]
    assert usage["promptTokenCount"] == bare["usageMetadata"]["promptTokenCount"] + 258
    assert usage["totalTokenCount"] == sum(
        usage[name] for name in ("promptTokenCount", "candidatesTokenCount", "thoughtsTokenCount")
    )


@pytest.mark.parametrize(
    ("always", "asked", "sent"),
    [(True, False, True), (False, False, False), (False, True, True), (False, None, True)],
)
async def test_thoughts_are_left_out_only_when_nobody_wants_them(
    gemini: LocalGemini, conversation: Conversation, always: bool, asked: bool | None, sent: bool
) -> None:
    gemini.always_send_thoughts = always
    thinking = {} if asked is None else {"include_thoughts": asked}

    _, content = await conversation.picture(body(user(text("hi")), thinkingConfig=thinking))

    assert any(part.get("thought") for part in content["parts"]) is sent


async def test_modalities_decide_between_words_and_picture(conversation: Conversation) -> None:
    _, only_picture = await conversation.picture(body(user(text("hi")), responseModalities=["IMAGE"]))
    _, answer = await conversation.post(body(user(text("hi")), responseModalities=["TEXT"]))

    assert [part for part in only_picture["parts"] if "text" in part if not part.get("thought")] == []
    assert [list(part) for part in answer["candidates"][0]["content"]["parts"]] == [["text", "thoughtSignature"]]
    await conversation.refusal(body(user(text("hi")), responseModalities=["AUDIO"]))


async def test_request_is_remembered_with_hashes_for_pictures(gemini: LocalGemini, conversation: Conversation) -> None:
    picture = photo()

    await conversation.post(body(user(text("hi"), inline(picture)), responseModalities=["TEXT", "IMAGE"]))

    (received,) = gemini.requests
    assert (received.model, received.api_version, received.status) == ("gemini-3.1-flash-image", "v1", 200)
    assert received.image_config == {"aspectRatio": "16:9", "imageSize": "512"}
    assert received.response_modalities == ("TEXT", "IMAGE")
    assert received.body_size > len(picture)
    assert received.contents[0]["parts"] == [
        {"text": "hi"},
        {
            "inlineData": {
                "mimeType": "image/png",
                "sha256": hashlib.sha256(picture).hexdigest(),
                "size": len(picture),
            }
        },
    ]


async def test_refused_request_is_remembered_with_its_status(gemini: LocalGemini, conversation: Conversation) -> None:
    await conversation.post(None, raw=b"[nonsense")
    await conversation.post({"contents": "nonsense", "generationConfig": 3})

    assert [received.status for received in gemini.requests] == [400, 400]


async def test_picture_given_beforehand_is_the_answer_each_time_with_other_bytes(
    gemini: LocalGemini, conversation: Conversation
) -> None:
    gemini.picture = photo("coral", kind="JPEG")

    first, content = await conversation.picture(body(user(text("hi"))))
    again, _ = await conversation.picture(body(user(text("hi"))))
    _, goes_on = await conversation.picture(body(user(text("hi")), content, user(text("warmer"))))
    unsigned = model(*({**part, "thoughtSignature": ""} for part in content["parts"]))

    assert first.size == (60, 80)
    assert first.tobytes() == again.tobytes()
    assert final_part(goes_on) != final_part(content)
    assert "missing a thought_signature" in await conversation.refusal(
        body(user(text("hi")), unsigned, user(text("x")))
    )


async def test_latency_is_waited_before_the_answer(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.latency_seconds = 0.3
    gemini.fail_next(Fault.OVERLOADED)
    started = time.monotonic()

    await conversation.post(body(user(text("hi"))))

    assert time.monotonic() - started >= 0.3


async def test_held_it_answers_once_it_is_released(gemini: LocalGemini, conversation: Conversation) -> None:
    gemini.hold()
    gemini.fail_next(Fault.OVERLOADED)  # faults wait as well
    asking = asyncio.ensure_future(conversation.post(body(user(text("hi")))))
    await until(lambda: len(gemini.requests) == 1)
    answered, _ = await asyncio.wait({asking}, timeout=0.2)

    gemini.release()
    status, _ = await asking

    assert not answered
    assert status == 503


async def test_drawing_leaves_the_loop_free(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two pictures are drawn at once, and only the loop lets them be finished."""
    begun, finish = threading.Semaphore(0), threading.Event()
    draw: Callable[..., Drawing] = server.draw  # type: ignore[attr-defined]

    def draw_when_let(*request: Any, **options: Any) -> Drawing:
        begun.release()
        assert finish.wait(30)
        return draw(*request, **options)

    monkeypatch.setattr(server, "draw", draw_when_let)
    request = body(user(text("hi"), inline(photo())))
    asking = asyncio.gather(*(conversation.post(request) for _ in range(2)))
    for _ in range(2):
        await until(lambda: begun.acquire(blocking=False))
    finish.set()

    assert [status for status, _ in await asking] == [200, 200]


@asynccontextmanager
async def client_for(gemini: LocalGemini) -> AsyncIterator[AsyncClient]:
    """google-genai over httpx2: over aiohttp it raises a DeprecationWarning of its own making."""
    async with httpx2.AsyncClient() as http:
        options = types.HttpOptions(
            base_url=gemini.url,
            api_version="v1",
            timeout=10_000,
            retry_options=types.HttpRetryOptions(attempts=1),
            httpx_async_client=http,
        )
        async with genai.Client(api_key="any", http_options=options).aio as client:
            yield client


def config() -> types.GenerateContentConfig:
    return types.GenerateContentConfig(
        response_modalities=["TEXT", "IMAGE"],
        image_config=types.ImageConfig(aspect_ratio="16:9", image_size="1K"),
        thinking_config=types.ThinkingConfig(include_thoughts=False),
    )


async def test_google_genai_holds_a_conversation(gemini: LocalGemini) -> None:
    async with client_for(gemini) as client:
        contents = [
            types.Content(
                role="user",
                parts=[
                    types.Part.from_text(text="Identity: X"),
                    types.Part.from_bytes(data=photo(), mime_type="image/png"),
                ],
            )
        ]
        first = await client.models.generate_content(model=DEFAULT_MODEL, contents=list(contents), config=config())
        assert first.candidates
        assert first.candidates[0].content
        contents += [
            first.candidates[0].content,
            types.Content(role="user", parts=[types.Part.from_text(text="warmer")]),
        ]
        second = await client.models.generate_content(model=DEFAULT_MODEL, contents=list(contents), config=config())
        found = await client.models.get(model=DEFAULT_MODEL)

    assert second.candidates
    assert second.candidates[0].finish_reason is types.FinishReason.STOP
    assert second.parts
    assert second.parts[-1].inline_data
    assert found.name == f"models/{DEFAULT_MODEL}"
    assert [received.status for received in gemini.requests] == [200, 200]


async def test_google_genai_reads_the_faults(gemini: LocalGemini) -> None:
    async with client_for(gemini) as client:

        async def ask() -> types.GenerateContentResponse:
            return await client.models.generate_content(model=DEFAULT_MODEL, contents="hi", config=config())

        gemini.fail_next(Fault.RATE_LIMITED)
        with pytest.raises(errors.ClientError) as limited:
            await ask()
        gemini.fail_next(Fault.PROMPT_BLOCKED)
        blocked = await ask()
        gemini.fail_next(Fault.UNKNOWN_FINISH)
        with pytest.warns(UserWarning, match="IMAGE_MELTED"):
            unknown = await ask()

    assert limited.value.code == 429
    assert limited.value.status == "RESOURCE_EXHAUSTED"
    assert blocked.prompt_feedback
    assert blocked.prompt_feedback.block_reason is types.BlockedReason.PROHIBITED_CONTENT
    assert unknown.candidates
    assert unknown.candidates[0].finish_reason
    assert unknown.candidates[0].finish_reason.value == "IMAGE_MELTED"


async def test_process_of_its_own_takes_up_old_chats_and_stops_when_told(conversation: Conversation) -> None:
    _, signed_elsewhere = await conversation.picture(body(user(text("hi"))))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bot.demo.local_gemini", stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout
    url = (await asyncio.wait_for(process.stdout.readline(), 10)).decode().strip()
    async with Conversation.with_server(url) as other:
        status, _ = await other.post(body(user(text("hi")), signed_elsewhere, user(text("warmer"))))
        process.send_signal(signal.SIGTERM)
        code = await asyncio.wait_for(process.wait(), 5)

    assert status == 200
    assert code == 0
