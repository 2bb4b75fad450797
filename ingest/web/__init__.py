"""The page: a face on this computer alone, which decides nothing and deletes nothing."""
