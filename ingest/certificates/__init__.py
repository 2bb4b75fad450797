"""A verdict on paper: text, JSON and a printable page, signed by the station, so that a later change shows."""
