"""Gateway intents, and the application flags that grant the privileged ones."""

from enum import IntFlag


class Intent(IntFlag):
    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_PRESENCES = 1 << 8
    GUILD_MESSAGES = 1 << 9
    DIRECT_MESSAGES = 1 << 12
    MESSAGE_CONTENT = 1 << 15


ALWAYS = Intent(0)
"""Events that need no intent: interactions and the like."""

PRIVILEGED = Intent.GUILD_MEMBERS | Intent.GUILD_PRESENCES | Intent.MESSAGE_CONTENT

# The "limited" flags: for applications in fewer servers or with fewer users than need a review.
LIMITED_FLAGS = {
    Intent.GUILD_PRESENCES: 1 << 13,
    Intent.GUILD_MEMBERS: 1 << 15,
    Intent.MESSAGE_CONTENT: 1 << 19,
}


def application_flags(granted: Intent) -> int:
    return sum(flag for intent, flag in LIMITED_FLAGS.items() if intent & granted)


def granted_by(flags: int) -> Intent:
    """The privileged intents that application flags turn on."""
    granted = Intent(0)
    for intent, flag in LIMITED_FLAGS.items():
        if flags & flag:
            granted |= intent
    return granted
