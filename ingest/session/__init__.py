"""One ingest of one card: wires the stages 1 to 8, in the order of durable writes; decides nothing itself.

hands    a child for each destination, the only way to what lies there
prepare  card, lock, destinations, ledger rows
look     what may be safe already, capture facts, the plan
copy     the copying room, the ledger after every batch, another try from the card
reread   the second read of the card
evidence what the gate is shown, from the ledger and a fresh look
finish   manifests, pictures that do not open, tags
sidecars what was said of the photographs, for the editors
run      the whole way; check: the verdict alone
"""
