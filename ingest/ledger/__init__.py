"""The ledger: what was copied, proven, judged and sent; one SQLite file on the station's own disk.

Its invariants are in the schema itself (`migrations/`); these modules are its verbs.
"""
