"""The stored form of a chat: nothing of it is lost, and no picture is in it."""

from __future__ import annotations

import hashlib
import json

from google.genai import types
from hypothesis import given
from hypothesis import strategies as st

from bot.domain import Picture, picture_hashes
from bot.gemini.chat_history import deserialize_chat_history, serialize_chat_history, user_content

PHOTO, DRAFT, RESULT = b"\xff\xd8photo", b"\xff\xd8draft", b"\x89PNGresult\x00\xff"


def history() -> list[types.Content]:
    return [
        types.Content(
            role="user",
            parts=[types.Part(text="make it warmer"), types.Part.from_bytes(data=PHOTO, mime_type="image/jpeg")],
        ),
        types.Content(
            role="model",
            parts=[
                types.Part(text="Here you are.", thought_signature=b"\x00\xfe words"),
                types.Part(
                    inline_data=types.Blob(data=RESULT, mime_type="image/png"), thought_signature=b"\xfb\xff pixels"
                ),
            ],
        ),
    ]


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_serialize_chat_history() -> None:
    serialized = serialize_chat_history(history())

    assert serialized.blobs == {sha(PHOTO): PHOTO, sha(RESULT): RESULT}
    user, model = serialized.contents
    assert user == {
        "role": "user",
        "parts": [
            {"text": "make it warmer"},
            {"inline_data": {"mime_type": "image/jpeg", "sha256": sha(PHOTO)}},
        ],
    }
    assert model["parts"][1]["inline_data"] == {"mime_type": "image/png", "sha256": sha(RESULT)}
    assert model["parts"][1]["thought_signature"]
    assert len(json.dumps(serialized.contents)) < 1000


def test_deserialize_chat_history() -> None:
    contents = [
        {"role": "user", "parts": [{"text": "warmer"}]},
        {
            "role": "model",
            "parts": [
                {
                    "inline_data": {"mime_type": "image/png", "sha256": sha(RESULT)},
                    "thought_signature": "-_8gcGl4ZWxz",
                }
            ],
        },
    ]

    _, model = deserialize_chat_history(contents, {sha(RESULT): RESULT})

    assert model.parts is not None
    (part,) = model.parts
    assert part.thought_signature == b"\xfb\xff pixels"
    assert part.inline_data is not None
    assert part.inline_data.data == RESULT


def test_serialization_round_trip() -> None:
    serialized = serialize_chat_history(history())
    stored = json.loads(json.dumps(serialized.contents))

    assert deserialize_chat_history(stored, serialized.blobs) == history()


parts = st.one_of(
    st.builds(lambda text, signature: types.Part(text=text, thought_signature=signature), st.text(), st.binary()),
    st.builds(
        lambda data, mime, signature: types.Part(
            inline_data=types.Blob(data=data, mime_type=mime), thought_signature=signature
        ),
        st.binary(min_size=1),
        st.sampled_from(["image/jpeg", "image/png"]),
        st.one_of(st.none(), st.binary()),
    ),
)


@given(st.lists(st.builds(types.Content, role=st.sampled_from(["user", "model"]), parts=st.lists(parts)), max_size=6))
def test_any_history_comes_back_equal(contents: list[types.Content]) -> None:
    serialized = serialize_chat_history(contents)
    stored = json.loads(json.dumps(serialized.contents))

    assert deserialize_chat_history(stored, serialized.blobs) == contents


def test_thoughts_are_neither_stored_nor_sent() -> None:
    thinking = types.Content(
        role="model",
        parts=[
            types.Part(text="hmm", thought=True),
            types.Part(inline_data=types.Blob(data=DRAFT, mime_type="image/jpeg"), thought=True),
            types.Part(inline_data=types.Blob(data=RESULT, mime_type="image/png"), thought_signature=b"s"),
        ],
    )

    serialized = serialize_chat_history([thinking])

    assert list(serialized.blobs) == [sha(RESULT)]
    assert len(serialized.contents[0]["parts"]) == 1


def test_what_a_newer_sdk_stored_and_this_one_does_not_know_is_no_reason_to_fail() -> None:
    stored = {"role": "user", "parts": [{"text": "warmer", "hologram": {"depth": 3}}]}

    (content,) = deserialize_chat_history([stored], {})

    assert content.parts == [types.Part(text="warmer")]


def test_a_prompt_names_its_photos_each_once() -> None:
    photo = Picture(PHOTO, "image/jpeg", 1, 1)

    content = user_content("warmer", [photo, photo])

    assert picture_hashes([content]) == [photo.sha256]
