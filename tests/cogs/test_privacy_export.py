"""/privacy show and export, as members see them."""

from __future__ import annotations

import json
from contextlib import aclosing
from io import BytesIO
from zipfile import ZipFile

from belongings import PROMPT, masters, use_everything
from bot.posting import DEFAULT_UPLOAD_LIMIT
from stage import Stage, direct_messages, said


async def test_show_tells_how_much_is_kept(stage: Stage) -> None:
    nothing = await stage.alice.slash(stage.studio, "privacy show")
    await use_everything(stage, stage.alice)

    shown = await stage.alice.slash(stage.studio, "privacy show")

    assert said(nothing) == "I keep nothing of you."
    assert "2 photos, 2 identities, 2 pictures and 2 prompts" in said(shown)
    assert "your looks is kept" in said(shown)
    assert "1 note by moderators" in said(shown)


async def test_export_sends_everything_in_private(stage: Stage) -> None:
    await use_everything(stage, stage.alice)
    kept = await masters(stage, stage.alice)

    answer = await stage.alice.slash(stage.studio, "privacy export")

    (message,) = direct_messages(stage, stage.alice)
    with ZipFile(BytesIO(await message.attachments[0].read())) as parcel:
        files = {name: parcel.read(name) for name in parcel.namelist()}
    records = json.loads(files.pop("records.json"))
    assert set(files.values()) > set(kept)
    assert len(files) == len(kept) + 1  # the photo that came with an edit
    assert [each["record"] for each in records["said_by_moderators"]] == ["moderator_acts"]
    assert [each["prompt"] for each in records["prompts"]] == ["in a jungle", PROMPT]
    assert records["appearance"]["hair"] == "grey"
    assert {each["name"] for each in records["identities"]} == {"The Artist", "The Explorer"}
    assert "1 file in a private message" in said(answer)


async def test_a_moderator_is_told_what_is_kept_of_what_they_did_yet_not_of_others(stage: Stage) -> None:
    await stage.start()
    await stage.mona.slash(stage.studio, "identity-admin block", user=stage.alice, reason="spam")

    shown = said(await stage.mona.slash(stage.studio, "privacy show"))
    await stage.mona.slash(stage.studio, "privacy export")

    (message,) = direct_messages(stage, stage.mona)
    with ZipFile(BytesIO(await message.attachments[0].read())) as parcel:
        records = parcel.read("records.json")
    assert "1 note of what you did as a moderator" in shown
    assert [each["kind"] for each in json.loads(records)["done_as_moderator"]] == ["block"]
    assert str(stage.alice.id).encode() not in records


async def test_a_second_export_while_the_first_runs_is_told_so_and_a_later_one_is_sent(stage: Stage) -> None:
    await stage.start()
    async with aclosing(stage.bot.services.privacy.export(stage.alice.id, DEFAULT_UPLOAD_LIMIT)) as first:
        await anext(first)
        meanwhile = await stage.alice.slash(stage.studio, "privacy export")

    later = await stage.alice.slash(stage.studio, "privacy export")

    assert said(meanwhile) == "I am sending you a copy already. Look at our private messages."
    assert "1 file in a private message" in said(later)
    assert len(direct_messages(stage, stage.alice)) == 1


async def test_an_export_names_the_servers_and_what_was_chosen_last(stage: Stage) -> None:
    await stage.start()
    former = stage.thread
    await stage.start(aspect="4:3", size="512")

    await stage.alice.slash(stage.studio, "privacy export")

    (message,) = direct_messages(stage, stage.alice)
    with ZipFile(BytesIO(await message.attachments[0].read())) as parcel:
        records = json.loads(parcel.read("records.json"))
    assert records["servers"] == [stage.guild.id]
    assert records["former_threads"] == [former.id]
    assert None not in records["since"].values()
    assert records["chosen_last"] == {"aspect": "4:3", "size": "512"}


async def test_export_of_nothing_says_so(stage: Stage) -> None:
    answer = await stage.alice.slash(stage.studio, "privacy export")

    assert said(answer) == "I keep nothing of you, so there is nothing to send."


async def test_export_to_somebody_who_takes_no_private_messages_says_what_to_do(stage: Stage) -> None:
    await stage.start()
    stage.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)

    answer = await stage.alice.slash(stage.studio, "privacy export")

    assert "Allow private messages" in said(answer)
