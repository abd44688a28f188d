"""A Discord bot that makes pictures of people as the identities they imagine."""
