"""Stage 8: the off-site copy. The queue is sent, checked by listing, and read back; nothing is ever deleted there."""
