"""The rules of the product, free of Discord and SQL."""
