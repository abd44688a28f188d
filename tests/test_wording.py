"""What people read fits where it is shown: 2,000 characters in a message, 1,024 beside a picture."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain import (
    MAX_DESCRIPTION_LENGTH,
    MAX_NAME_LENGTH,
    MAX_PROMPT_LENGTH,
    MAX_REFERENCE_PHOTOS,
    Identity,
    IdentityImageChat,
    ImageSettings,
    Place,
    ReferencePhoto,
    Turn,
    TurnKind,
    TurnState,
    Version,
)
from bot.wording import (
    alt_text,
    chat_overview,
    comparison_alt_text,
    cut_lines,
    identity_list,
    photo_list,
    picture_caption,
    timeline_alt_text,
    timeline_shown,
    version_label,
)

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PLACE = Place(guild_id=1, channel_id=2, thread_id=3)
IMAGE = ImageSettings("gemini-nano-banana-2.1", "16:9", "4K")


def turn(**changes: Any) -> Turn:
    usual: dict[str, Any] = {
        "id": 1,
        "kind": TurnKind.EDIT,
        "state": TurnState.POSTED,
        "user_id": 5,
        "asked_by": 5,
        "chat_id": 1,
        "parent_id": None,
        "version": 2,
        "source_id": 7,
        "reply_to_message_id": None,
        "place": PLACE,
        "prompt": "make it warmer",
        "image": IMAGE,
        "identity_id": None,
        "identity_name": "The Artist",
        "user_content": {},
        "model_content": None,
        "picture_sha256": None,
        "reply_message_id": None,
        "status_message_id": None,
        "problem": None,
        "retryable": False,
        "attempt": 1,
        "asked_at": NOW,
    }
    return Turn(**usual | changes)


def reference_photo(name: str) -> ReferencePhoto:
    return ReferencePhoto(
        id=1, user_id=5, name=name, sha256="0", mime_type="image/jpeg", width=320, height=400, byte_size=9, added_at=NOW
    )


def test_a_pictures_description_names_the_identity_and_the_prompt() -> None:
    assert alt_text(turn()) == "The Artist: make it warmer"
    assert alt_text(turn(identity_name="")) == "make it warmer"


def test_the_description_of_a_picture_is_cut_where_discord_ends_it() -> None:
    text = alt_text(turn(prompt="x" * MAX_PROMPT_LENGTH))

    assert len(text) == 1024
    assert text.endswith("x…")


@pytest.mark.parametrize("kind", list(TurnKind))
@pytest.mark.parametrize("asked_by", [5, 6])
def test_the_longest_caption_fits_into_a_message(kind: TurnKind, asked_by: int) -> None:
    longest = turn(kind=kind, asked_by=asked_by, prompt="*" * MAX_PROMPT_LENGTH, identity_name="_" * MAX_NAME_LENGTH)

    assert len(picture_caption(longest)) <= 2000


def test_a_caption_quotes_the_prompt_only_where_it_replies_to_none() -> None:
    assert picture_caption(turn(prompt="a **bold** @everyone")) == "**v2**\n> a \\*\\*bold\\*\\* @\u200beveryone"
    assert picture_caption(turn(reply_to_message_id=9)) == "**v2**"


def test_a_caption_says_for_whom_a_moderator_asked() -> None:
    assert picture_caption(turn(asked_by=6, reply_to_message_id=9)) == "**v2** · asked by <@6>"
    assert picture_caption(turn(asked_by=6, kind=TurnKind.START, version=1)).startswith(
        "**The Artist** · **v1**\n<@5>, "
    )


def test_the_longest_overview_fits_into_a_message() -> None:
    chat = IdentityImageChat(1, 5, None, "*" * MAX_NAME_LENGTH, PLACE, IMAGE, 1, 1, NOW)
    head = turn(prompt="*" * MAX_PROMPT_LENGTH, problem="x" * 300)

    assert len(chat_overview(chat, 50, head, head, head)) <= 2000


def test_the_longest_words_on_versions_fit_where_they_are_shown() -> None:
    chat = IdentityImageChat(1, 5, None, "*" * MAX_NAME_LENGTH, PLACE, IMAGE, 1, 1, NOW)
    versions = [Version(n, n, n - 1, "*" * MAX_PROMPT_LENGTH, "0") for n in range(1, 301)]

    assert len(version_label(versions[-1])) == 100
    assert len(timeline_shown(chat, versions[-1], 40, 300)) <= 2000
    assert len(timeline_alt_text(versions, versions[-1])) == 1024
    assert len(comparison_alt_text(*versions[-2:])) <= 1024


def test_a_version_is_one_line_in_a_menu() -> None:
    assert version_label(Version(7, 3, None, "warmer,\n*please*", "0")) == "v3 · warmer, *please*"


def test_a_list_of_many_identities_fits_and_counts_the_rest() -> None:
    identities = [Identity(n, 5, "*" * MAX_NAME_LENGTH, "_" * MAX_DESCRIPTION_LENGTH) for n in range(40)]

    text = identity_list(identities)

    assert len(text) <= 2000
    assert text.endswith(f"… and {40 - text.count('- **')} more.")


def test_a_full_shelf_of_photos_with_long_names_fits() -> None:
    photos = [reference_photo("_" * 250)] * MAX_REFERENCE_PHOTOS

    text = photo_list(photos, MAX_REFERENCE_PHOTOS)

    assert len(text) <= 2000
    assert text.startswith("14 of 14 photos:\n1. ")


def test_lines_are_kept_whole_and_none_is_cut_that_fits() -> None:
    assert cut_lines(["12345", "12345"], most=11) == "12345\n12345"
    assert cut_lines(["12345", "12345", "12345"], most=11) == "12345\n12345\n… and 1 more."
    assert cut_lines(["12345", "12345"], most=10) == "12345\n… and 1 more."
