"""One sync of what editors wrote beside the pictures: found on the primary, remembered, brought everywhere."""
