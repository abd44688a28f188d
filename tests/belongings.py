"""What a member leaves behind by using everything that there is."""

from __future__ import annotations

from simcord.actors import MemberActor

from stage import BLUE, Stage, photo

PROMPT = "make it warmer than any picture before"


async def use_everything(stage: Stage, who: MemberActor) -> None:
    """Looks, an identity, photos, a former and a present chat, its turns, and a moderator's look at them."""
    color = (who.id % 250, 90, 160)
    modal = await who.slash(stage.studio, "appearance set")
    await who.submit_modal(modal, {"hair": "grey"})
    await stage.start(who, photo1=("me.png", photo(color)))
    await stage.start(who, identity="The Explorer", description="in a jungle")
    await who.send(stage.thread, PROMPT, attachments=[("hat.png", photo(BLUE))])
    await stage.mona.slash(stage.studio, "identity-admin show", user=who)


async def masters(stage: Stage, who: MemberActor) -> list[bytes]:
    """Every photo and picture that is kept of them."""
    async with stage.database.snapshot() as repos:
        photos = [each.sha256 for each in await repos.reference_photos.of_user(who.id)]
        drawn = [turn.picture_sha256 for turn in await repos.turns.all_of_user(who.id) if turn.picture_sha256]
        return [each.data for each in (await repos.images.load([*photos, *drawn])).values()]
