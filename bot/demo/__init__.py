"""The bot without accounts: a local Gemini, a local Discord, and a conversation to watch."""
