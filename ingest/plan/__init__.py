"""What to do with a card: objects, shoots, names and one disposition for every entry. Pure; nothing is touched."""
