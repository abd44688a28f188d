"""The gateway: the websocket over which a bot is told what happens."""
