"""What members and moderators can do, one feature a file."""
