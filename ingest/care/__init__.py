"""Keeping what was ingested: re-reading copies, and the way back."""
