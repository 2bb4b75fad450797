"""Destinations that were away are caught up with; drives that are carried elsewhere are known and turned."""
