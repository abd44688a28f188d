"""What a chat costs, measured by hand; see README.md beside this file."""
