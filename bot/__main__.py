"""The command line: `identity-bot`, `identity-bot demo`, `identity-bot doctor`, `identity-bot invite`."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import aiohttp
import discord
import structlog

from bot import memory
from bot.app import IdentityBot, build_bot
from bot.doctor import examine, print_invitation
from bot.errors import DatabaseUnavailable, InvalidSetting
from bot.logs import configure_logging
from bot.settings import Settings, load_settings

log = structlog.get_logger(__name__)

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def main() -> None:
    """Ends with 0, with 1 when what was asked for failed, with 2 when a setting or argument is wrong."""
    arguments = _parser().parse_args()
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False  # the bot does not speak
    try:
        code: int = arguments.run(arguments)
        sys.exit(code)
    except InvalidSetting as error:
        print(f"identity-bot: {error.user_message}", file=sys.stderr)  # noqa: T201
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="identity-bot", description="Pictures of people, by conversation on Discord.")
    parser.set_defaults(run=_run)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    commands.add_parser("run", help="run the bot (the default)").set_defaults(run=_run)
    demo = commands.add_parser("demo", help="watch a whole conversation, without accounts or network")
    demo.add_argument("--once", action="store_true", help="end when the conversation is over")
    demo.add_argument("--out", type=Path, default=Path("demo-out"), help="folder for pictures and transcript")
    demo.add_argument("--size", default="4K", choices=("1K", "2K", "4K"), help="of the pictures (default: 4K)")
    demo.set_defaults(run=_demo)
    doctor = commands.add_parser("doctor", help="check settings, database, Gemini and Discord one by one")
    doctor.set_defaults(run=lambda _: asyncio.run(examine()))
    invite = commands.add_parser("invite", help="print the link that brings the bot to a server")
    invite.set_defaults(run=lambda _: asyncio.run(print_invitation(load_settings())))
    return parser


def _run(_: argparse.Namespace) -> int:
    settings = load_settings()
    configure_logging(settings.log_level, settings.log_format)
    memory.set_up()
    return asyncio.run(_run_bot(settings))


def _demo(arguments: argparse.Namespace) -> int:
    try:
        from bot.demo.conversation import show
    except ModuleNotFoundError as error:
        if error.name != "simcord":
            raise
        print("The demo needs SimCord: pip install 'identity-bot[demo]'", file=sys.stderr)  # noqa: T201
        return 1
    try:
        return asyncio.run(show(arguments.out, arguments.size, stay=not arguments.once))
    except OSError as error:
        print(f"identity-bot: nothing can be written to {arguments.out} ({error.strerror})", file=sys.stderr)  # noqa: T201
        return 1


async def _run_bot(settings: Settings) -> int:
    """Runs until it is told to stop."""
    bot = build_bot(settings)
    try:
        async with bot:
            await _until_stopped(bot, settings.discord_token.get_secret_value())
    except discord.LoginFailure:
        raise InvalidSetting("DISCORD_TOKEN is not accepted by Discord: copy it anew from the Bot page") from None
    except discord.PrivilegedIntentsRequired:
        raise InvalidSetting(
            "Discord does not grant the message-content intent: switch it on on the application's Bot page, "
            "or set DISCORD_MESSAGE_CONTENT=false"
        ) from None
    except DatabaseUnavailable:
        return _complain("the database cannot be opened")
    except (discord.HTTPException, aiohttp.ClientError, TimeoutError, ConnectionError) as error:
        return _complain(f"Discord does not answer as it should ({type(error).__name__})")
    return 0


def _complain(problem: str) -> int:
    print(f"identity-bot: {problem}; `identity-bot doctor` says how to mend it", file=sys.stderr)  # noqa: T201
    return 1


async def _until_stopped(bot: IdentityBot, token: str) -> None:
    """Returns at the first SIGINT or SIGTERM; another one ends the process at once."""
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(bot.start(token))

    def stop() -> None:
        for each in STOP_SIGNALS:
            loop.remove_signal_handler(each)
            signal.signal(each, signal.SIG_DFL)
        log.info("stopping, once more stops at once")
        running.cancel()

    for each in STOP_SIGNALS:
        with contextlib.suppress(NotImplementedError):  # Windows
            loop.add_signal_handler(each, stop)
    with contextlib.suppress(asyncio.CancelledError):
        await running


if __name__ == "__main__":
    main()
