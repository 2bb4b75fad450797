"""The terminal face: it calls session, cloud and care, prints what they say, and decides nothing. One verb a file."""
