"""What people read when all goes well, in one place. What they read when it does not is in `bot.errors`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from bot.domain import Appearance, Identity, IdentityImageChat, Picture, ReferencePhoto, Turn, TurnKind, Version
from bot.texts import plain, shorten


def unexpected_fault(reference: str) -> str:
    return f"Something broke on my side. If it happens again, tell whoever runs this bot: reference `{reference}`."


def answer_came_late(command: str) -> str:
    """What everyone may read when it is too late to show an answer to the one who asked alone."""
    what = f"`/{command}`" if command else "what you asked for"
    return f"my answer to {what} came too late for Discord to show it to you alone. Please use it again."


# --- pictures ------------------------------------------------------------------------------------


def picture_caption(turn: Turn) -> str:
    """The line above a posted picture."""
    version = "" if turn.version is None else f"**v{turn.version}**"
    name = f"**{plain(turn.identity_name)}**" if turn.identity_name else ""
    if turn.kind is TurnKind.ONCE:
        return name
    if turn.kind is TurnKind.START:
        return f"{name} · {version}\n{_what_next(turn)}"
    quoted = "" if turn.reply_to_message_id else f"\n> {plain(shorten(turn.prompt, 300))}"
    return f"{version}{asked_by_moderator(turn)}{quoted}"


def _what_next(turn: Turn) -> str:
    how = "reply to a picture with what to change" if turn.place.is_shared else "write here what to change"
    if turn.by_moderator:
        return f"<@{turn.user_id}>, {how}, as often as you like."
    return f"{how[0].upper()}{how[1:]}, as often as you like."


def asked_by_moderator(turn: Turn) -> str:
    """Who asked for it, if that was not the chat's owner; else nothing."""
    return f" · asked by <@{turn.asked_by}>" if turn.by_moderator else ""


def problem_told(turn: Turn) -> str:
    """Why there is no picture, in its thread: a reply to the prompt, or else with the one who asked named."""
    who = "" if turn.reply_to_message_id else f"<@{turn.asked_by}> "
    return f"{who}{turn.problem}"


def problem_told_in_private(turn: Turn) -> str:
    """The same where the prompt is not in sight."""
    quoted = f"> {plain(shorten(turn.prompt, 300))}\n" if turn.prompt else ""
    return f"{quoted}{turn.problem}"


def alt_text(turn: Turn) -> str:
    """A picture's description, for those who cannot see it; Discord takes 1024 characters."""
    return shorten(f"{turn.identity_name}: {turn.prompt}" if turn.identity_name else turn.prompt, 1024)


BUTTON_LABELS = {
    "undo": "Undo",
    "redo": "Redo",
    "again": "Again",
    "edit": "Edit…",
    "original": "Original",
    "upscale": "Upscale",
    "use": "Use this one",
    "try-again": "Try again",
    "cancel": "Cancel",
}
CANCELLED = "Cancelled. Nothing was changed."
EDIT_PROMPT = "What to change"
EDIT_PHOTOS = "Photos for this edit"


def edit_title(turn: Turn) -> str:
    return f"Edit v{turn.version}"


def original_of(turn: Turn, picture: Picture, *, as_it_was: bool) -> str:
    """What is said above a picture in its full size."""
    size = f"**v{turn.version}** · {picture.width} x {picture.height} pixels"
    return size if as_it_was else f"{size}; Discord takes no larger file here, so this is a smaller copy."


def drawing_since(began: datetime) -> str:
    """Discord shows the time as how long ago it was, and keeps that up to date."""
    return f"Drawing since <t:{int(began.timestamp())}:R>."


def in_line(ahead: int) -> str:
    """`ahead` counts the same user's prompts that come first."""
    if ahead == 0:
        return "In line: others come first right now."
    before = "one prompt of yours comes" if ahead == 1 else f"{ahead} prompts of yours come"
    return f"In line: {before} first."


def upscaled(version: int | None, size: str) -> str:
    """Stands for a prompt: what people read of a picture that was asked for in a larger size."""
    return f"v{version} in {size}"


def next_edits(turn: Turn) -> str:
    """Which version the next prompt edits, with a link to it."""
    version = f"v{turn.version}"
    if turn.reply_message_id is not None:
        where = f"{turn.place.guild_id or '@me'}/{turn.place.thread_id}/{turn.reply_message_id}"
        version = f"[{version}](https://discord.com/channels/{where})"
    return f"The next prompt edits {version}: {plain(shorten(turn.prompt, 300))}"


# --- versions ------------------------------------------------------------------------------------

EDITED_NEXT = "edited next"
GO_ON_FROM = "Go on from another version"


def version_label(version: Version) -> str:
    """A version in a menu, where no markdown takes effect; Discord takes 100 characters."""
    return shorten(f"v{version.number} · {' '.join(version.prompt.split())}", 100)


def use_label(version: Version) -> str:
    return f"Use v{version.number}"


def timeline_title(name: str, shown: int, total: int) -> str:
    return f"{name} · {_versions(shown, total)}"


def timeline_shown(chat: IdentityImageChat, head: Version, shown: int, total: int) -> str:
    """What is said above the picture of all versions."""
    lines = [
        f"**{plain(chat.identity_name)}** in <#{chat.place.thread_id}> · {_versions(shown, total)}",
        f"The next prompt edits **v{head.number}**: {plain(shorten(head.prompt, 300))}",
    ]
    if total == 1:
        where = "Reply to the picture with" if chat.place.is_shared else "Write in the thread"
        lines.append(f"{where} what to change, and the next version appears here, too.")
    return "\n".join(lines)


def timeline_alt_text(shown: Sequence[Version], head: Version) -> str:
    """The tree in words, for those who cannot see it; Discord takes 1024 characters."""
    numbers = {each.turn_id: each.number for each in shown}
    lines = [f"The next prompt edits v{head.number}."]
    for each in shown:
        origin = f" from v{numbers[each.parent_id]}" if each.parent_id in numbers else ""
        lines.append(f"v{each.number}{origin}: {shorten(each.prompt, 60)}.")
    return shorten(" ".join(lines), 1024)


def compared(before: Version, after: Version) -> str:
    return f"Left **v{before.number}**, right **v{after.number}**."


def comparison_alt_text(before: Version, after: Version) -> str:
    left, right = (f"v{each.number}: {shorten(each.prompt, 450)}" for each in (before, after))
    return shorten(f"On the left {left}\nOn the right {right}", 1024)


def _versions(shown: int, total: int) -> str:
    count = f"{total} version{'s' if total != 1 else ''}"
    return count if shown == total else f"the newest {shown} of {count}"


# --- chats ---------------------------------------------------------------------------------------


def start_failed(problem: str, former_thread_id: int | None) -> str:
    """What is said in the thread of a start that came to nothing."""
    again = "To try again, use `/identity start` once more; your photos are kept."
    former = "" if former_thread_id is None else f" Your chat in <#{former_thread_id}> is as it was."
    return f"{problem}\n{again}{former}"


def picture_kept(problem: str) -> str:
    return f"{problem} The picture itself is kept: `/identity show` has it."


def cancelled_with_start() -> str:
    return "I could not do this one: the chat's first picture did not come about. Begin again with `/identity start`."


def interrupted() -> str:
    return "I was interrupted before I could begin here. Please use your command again; this thread can go."


def start_taken(thread_id: int, notes: Sequence[str]) -> str:
    return with_notes(f"I am on it: your picture will appear in <#{thread_id}>.", notes)


def again_taken(thread_id: int) -> str:
    return f"I am on it: another try will appear in <#{thread_id}>."


def edit_taken(thread_id: int, notes: Sequence[str]) -> str:
    return with_notes(f"I am on it: the new version will appear in <#{thread_id}>.", notes)


def once_taken(notes: Sequence[str]) -> str:
    return with_notes("I am on it: your picture will appear in this channel.", notes)


def with_notes(sentence: str, notes: Sequence[str]) -> str:
    return "\n".join([sentence, *(f"- {note}" for note in notes)])


def photos_not_kept(count: int, most: int) -> str:
    return f"{count} of the photos I use but do not keep: {most} stored photos is the most."


def no_room_for(count: int, most: int) -> str:
    return f"{count} more had no room: {most} is the most. `/photos remove` makes some."


def describe_to_create() -> str:
    return "Add a `description` to make it on the spot."


def description_unchanged(name: str) -> str:
    return f"“{plain(name)}” exists already and keeps its description; `/identities edit` changes it."


def chat_overview(
    chat: IdentityImageChat, pictures: int, head: Turn | None, newest: Turn | None, waiting: Turn | None
) -> str:
    identity = f"**{plain(chat.identity_name)}**" + (" (deleted since)" if chat.identity_id is None else "")
    lines = [
        f"{identity} in <#{chat.place.thread_id}>",
        f"{pictures} picture{'s' if pictures != 1 else ''} · {chat.image.aspect_ratio} · {chat.image.image_size}",
    ]
    if head is not None:
        lines.append(f"The next prompt edits **v{head.version}**: {plain(shorten(head.prompt, 300))}")
    if newest is not None and newest.problem:
        lines.append(latest_problem(newest.problem))
    if waiting is not None:
        lines.append("A prompt of it waits, or is being drawn.")
    return "\n".join(lines)


def latest_problem(problem: str) -> str:
    return f"What came of the latest prompt: {problem}"


def starting_overview(turn: Turn) -> str:
    return f"The first picture of **{plain(turn.identity_name)}** is being drawn for <#{turn.place.thread_id}>."


def chat_ended() -> str:
    return "The chat is ended and what I kept of it deleted. The pictures posted in its thread stay."


START_MENU = "Start an identity from pictures"
START_FOR_MENU = "Start an identity for them"
ADD_PHOTOS_MENU = "Add to my photos"
"""Names of context menus; Discord takes 32 characters."""

START_TITLE = "Start an identity"
IDENTITY_NAME = "Who to be"
IDENTITY_NAME_HINT = "A new name, or that of an identity made before."
IDENTITY_NAME_EXAMPLE = "The Artist"
IDENTITY_DESCRIPTION = "What they are like"
IDENTITY_DESCRIPTION_HINT = "Clothes, place, mood. An identity made before keeps the description it has."
IDENTITY_DESCRIPTION_EXAMPLE = "paints all day in a bright studio, brushes in hand"
PHOTOS_OF_MEMBER = "Photos of the member"
PHOTOS_OF_MEMBER_HINT = "Without any, I use those that they keep here."


# --- first use -----------------------------------------------------------------------------------


def photos_explained() -> str:
    return (
        "A word on photos, just this once: to make a picture I send yours, and what you write, to Google's Gemini. "
        "I keep them here, with the pictures made from them, until you delete them: `/photos remove` deletes single "
        "photos, `/identity end` your chat, `/privacy delete` everything."
    )


def help_text() -> str:
    return "\n".join(
        [
            "I make pictures of you as whoever you imagine. Five things to try:",
            "1. `/identity start` with one or two photos of your face: a thread opens with your first picture.",
            "2. Write in that thread what to change, such as *make the lighting warmer*. Attach a photo to put "
            "something in it.",
            "3. Reply to an earlier picture to go on from that one, or press **Undo** and **Again** below a picture.",
            f"4. On any message with pictures, open *Apps* and choose **{START_MENU}** or **{ADD_PHOTOS_MENU}**.",
            "5. `/identity once` for a single picture right where you are, without a thread.",
            "",
            "`/identity show` says where you left off, `/privacy delete` deletes all that I keep of you.",
        ]
    )


# --- records -------------------------------------------------------------------------------------


def identity_created(name: str) -> str:
    return f"“{plain(name)}” is ready. `/identity start` makes its first picture."


def identity_edited(name: str) -> str:
    return f"“{plain(name)}” is changed. A chat that is under way goes on as it began."


def identity_deleted(name: str) -> str:
    return f"“{plain(name)}” is deleted. A chat that is under way goes on without it."


def identity_list(identities: Sequence[Identity]) -> str:
    if not identities:
        return "You have no identities yet. Make one with `/identities create`, or right in `/identity start`."
    lines = [f"- **{plain(each.name)}**: {plain(shorten(each.description, 100))}" for each in identities]
    return cut_lines(lines)


def photos_added(added: int, known: int, stored: int, most: int, notes: Sequence[str]) -> str:
    sentence = f"{added} photo{'s' if added != 1 else ''} added; you have {stored} of {most}."
    if known:
        sentence += f" {known} you had already."
    return with_notes(sentence, notes)


def photo_list(photos: Sequence[ReferencePhoto], most: int) -> str:
    if not photos:
        return "You have no photos stored. Add some with `/photos add`; two or three of your face are a good start."
    lines = [
        f"{number}. {plain(shorten(each.name, 60))} · {each.width} x {each.height} pixels"
        for number, each in enumerate(photos, start=1)
    ]
    return cut_lines([f"{len(photos)} of {most} photos:", *lines])


def which_photos() -> str:
    return "Which ones shall go? Chats that have used them keep their copy until they end."


NO_SUCH_PHOTOS = "None of those is among your photos. `/photos list` shows what I keep."


def photos_removed(count: int) -> str:
    return f"{count} photo{'s' if count != 1 else ''} removed." if count else NO_SUCH_PHOTOS


def appearance_shown(appearance: Appearance | None) -> str:
    if appearance is None:
        return "You have said nothing of your looks. `/appearance set` lets you; it helps where photos leave doubts."
    said = [
        ("Age", appearance.age_range),
        ("Build", appearance.build),
        ("Hair", appearance.hair),
        ("Eyes", appearance.eyes),
        ("Skin tone", appearance.skin_tone),
        ("Style", appearance.style),
        ("Also", appearance.anything_else),
    ]
    return "\n".join(f"**{label}**: {plain(shorten(value, 200))}" for label, value in said if value)


def appearance_kept() -> str:
    return "Noted. It goes into the first prompt of your next chat."


def appearance_cleared() -> str:
    return "What you said of your looks is deleted."


# --- privacy -------------------------------------------------------------------------------------


def delete_question() -> str:
    return (
        "This deletes all I keep of you: photos, identities, looks, your chat and its pictures. The pictures of you "
        "that I posted on Discord go as well, where I still may delete them. It cannot be undone."
    )


def deleted(*, known: bool) -> str:
    return (
        "All I kept of you is deleted."
        if known
        else "There is nothing of you left here. `/identity start` begins anew."
    )


def kept_after_all() -> str:
    return "Nothing was deleted."


def unknown_command() -> str:
    """Of a command that Discord still shows and this process does not have, or not any more: it may be stopping."""
    return "I do not know that command right now. Try again in a minute."


def cut_lines(lines: Sequence[str], most: int = 1900) -> str:
    """As many lines as a message takes (2,000 characters), the rest counted."""
    kept: list[str] = []
    for number, line in enumerate(lines):
        if sum(map(len, kept)) + len(kept) + len(line) > most:
            return "\n".join([*kept, f"… and {len(lines) - number} more."])
        kept.append(line)
    return "\n".join(kept)
