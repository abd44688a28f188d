"""The REST API: the routes that discord.py and the bot use, with Discord's rules and codes."""
