"""Notices cards as they are mounted and lets the command itself do the work, each piece in a process of its own."""
