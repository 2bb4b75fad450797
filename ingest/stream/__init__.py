"""What sessions say and who is alive, kept for the other faces: a page, notices. It proves nothing and may be lost."""
