"""The terminal face: it calls session, cloud and care, prints what they say, and decides nothing. One verb a file."""

import gc

# Before anything else is imported: a command lives too shortly for rounds of collection over its modules and its data.
gc.set_threshold(100_000, 50, 100)
