"""What moderators and a server's members read of its rules; the rest of the wording is in `bot.wording`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import Turn
from bot.rule_errors import moment
from bot.servers import Act, ActKind, Block, Ceilings, DayOfUse, Kept, ServerSettings, Standing
from bot.texts import plain
from bot.wording import cut_lines

DONE = {
    ActKind.START: "began a chat for {user}",
    ActKind.CONTINUE: "asked for an edit of {whose} picture",
    ActKind.UNDO: "went back to {detail} of {whose} pictures",
    ActKind.REDO: "went forth again to {detail} of {whose} pictures",
    ActKind.USE: "chose {detail} of {whose} pictures to go on from",
    ActKind.AGAIN: "asked for another try at {detail} of {whose} pictures",
    ActKind.UPSCALE: "asked for {detail} of {whose} pictures in full size",
    ActKind.CANCEL: "cancelled a prompt of {user}",
    ActKind.TRY_AGAIN: "had a prompt of {user} tried again",
    ActKind.SHOW: "looked at where {whose} chat stands",
    ActKind.HISTORY: "looked at all versions of {whose} picture",
    ActKind.ORIGINAL: "looked at {detail} of {whose} pictures in full size",
    ActKind.END: "ended {whose} chat",
    ActKind.DELETE_PICTURE: "deleted {detail} of {whose} pictures",
    ActKind.BLOCK: "blocked {user}",
    ActKind.UNBLOCK: "unblocked {user}",
    ActKind.LIMITS: "set {whose} limit: {detail}",
    ActKind.SETTINGS: "changed what holds on this server: {detail}",
}
"""Each kind of act in words, after the moderator's name."""


def act_told(act: Act) -> str:
    """Who did what to whom, in one line."""
    user, whose = ("somebody", "somebody's") if act.user_id is None else (f"<@{act.user_id}>", f"<@{act.user_id}>'s")
    words = DONE[act.kind].format(user=user, whose=whose, detail=plain(act.detail) or "something")
    because = f": {plain(act.detail)}" if act.kind is ActKind.BLOCK and act.detail else ""
    return f"<@{act.moderator_id}> {words}{because}."


def act_log(acts: Sequence[Act]) -> str:
    if not acts:
        return "Moderators have done nothing here so far."
    return cut_lines([f"{moment(act.at, 'f')} {act_told(act)}" for act in acts])


def blocked(block: Block) -> str:
    ends = "until somebody unblocks them" if block.until is None else f"until {moment(block.until, 'f')}"
    return f"<@{block.user_id}> is blocked {ends}; `/identity-admin unblock` lets them in again. Nothing is deleted."


def unblocked(user_id: int) -> str:
    return f"<@{user_id}> may use me again."


def picture_deleted(turn: Turn, *, goes_on: bool) -> str:
    left = "What was made from it goes on." if goes_on else "It was the only one, so the chat has ended."
    return f"v{turn.version} is deleted. Its post goes, too, if I still may delete it there. {left}"


def standing_told(user_id: int, standing: Standing) -> str:
    """How much of their pictures a user has used."""
    if standing.limit is None:
        return f"<@{user_id}> has used {_count(standing.used, 'picture')} in the last 24 hours, without any limit."
    own = " of their own" if standing.own else ""
    left = max(0, standing.limit - standing.used - standing.waiting + 1)
    opens = "" if standing.opens_at is None else f" The next one can be asked for {moment(standing.opens_at)}."
    return (
        f"<@{user_id}> has used {_count(standing.used, 'picture')} in the last 24 hours. "
        f"Left of a limit{own} of {standing.limit} a day: {left}.{opens}"
    )


# --- usage ---------------------------------------------------------------------------------------


def usage_told(days: Sequence[DayOfUse], user_id: int | None) -> str:
    whose = "this server" if user_id is None else f"<@{user_id}>"
    pictures, refused = sum(each.pictures for each in days), sum(each.refused for each in days)
    failed = sum(each.failed for each in days)
    cost = sum(each.cost_usd for each in days)
    span = "today" if len(days) == 1 else f"the last {len(days)} days"
    return (
        f"**{pictures:,} picture{'s' if pictures != 1 else ''}** for {whose}, {span}: about {cost:,.2f} USD by "
        f"Google's prices. {refused:,} refused, {failed:,} failed."
    )


def usage_alt_text(days: Sequence[DayOfUse]) -> str:
    """The chart in words; Discord takes 1024 characters."""
    used = [f"{each.day}: {each.pictures}" for each in days if each.pictures]
    return ("Pictures by day. " + ", ".join(used or ["None"]))[:1024]


# --- settings ------------------------------------------------------------------------------------


def settings_told(settings: ServerSettings, ceilings: Ceilings) -> str:
    """All of them in one message."""
    image = [settings.model, settings.aspect_ratio, settings.image_size]
    lines = [
        "**What holds on this server**",
        f"Channels: {_listed(settings.channel_ids, '<#{}>', 'everywhere')}",
        f"Roles: {_listed(settings.role_ids, '<@&{}>', 'everyone')}",
        f"Log channel: {'none' if settings.log_channel_id is None else f'<#{settings.log_channel_id}>'}",
        f"Pictures: {' · '.join(plain(each) for each in image if each) or 'as the bot is set'}",
        f"Pictures a day: {_limit(settings.user_pictures_a_day, ceilings.user_pictures_a_day)} a member, "
        f"{_limit(settings.server_pictures_a_day, ceilings.server_pictures_a_day)} in all",
        f"Prompts that may wait: {_limit(settings.most_waiting, ceilings.most_waiting)} a member; "
        f"their length: {settings.prompt_length or 'as long as a message'}",
        f"Threads: {'always private' if settings.private_threads else 'as members choose'}",
    ]
    return "\n".join(lines)


def _listed(ids: Sequence[int], form: str, none: str) -> str:
    return ", ".join(form.format(each) for each in ids) or none


def _limit(chosen: int | None, usual: int | None) -> str:
    value = usual if chosen is None else chosen
    return "no limit" if value is None else f"{value:,}"


# --- privacy -------------------------------------------------------------------------------------


def kept_of_you(counts: Kept) -> str:
    lines = [
        f"I keep of you {_count(counts.photos, 'photo')}, {_count(counts.identities, 'identity', 'identities')}, "
        f"{_count(counts.pictures, 'picture')} and {_count(counts.prompts, 'prompt')}: "
        f"{counts.byte_size / 1_000_000:.1f} MB of pictures.",
        "What you said of your looks is kept, too." if counts.looks else "Nothing is kept of your looks.",
        *([f"{_count(counts.said_by_moderators, 'note')} by moderators, too."] if counts.said_by_moderators else []),
        *(
            [f"{_count(counts.done_as_moderator, 'note')} of what you did as a moderator."]
            if counts.done_as_moderator
            else []
        ),
        "Until you delete it: `/photos remove`, `/identity end`, `/privacy delete`.",
        "`/privacy export` sends you a copy of all of it.",
    ]
    return "\n".join(lines)


def nothing_kept() -> str:
    return "I keep nothing of you."


def export_sent(files: int) -> str:
    return f"I have sent you {_count(files, 'file')} in a private message: all that I keep of you."


def export_part(number: int) -> str:
    return f"What I keep of you, part {number}." if number > 1 else "What I keep of you."


def idle_warning(user_id: int, removed_at: datetime) -> str:
    return (
        f"<@{user_id}>, nobody has written here for a long time. I will delete what I keep of this chat "
        f"{moment(removed_at)}, unless you go on with it. The pictures posted here stay."
    )


def idle_removed() -> str:
    return "What I kept of this chat is deleted, as nobody used it. `/identity start` begins another."


def _count(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
