"""How fast, how large, how soon: measured on this machine and printed; `python -m benchmarks` or `make bench`.

growing    real headers grown to real sizes; the acceptance tests build their cards with it too
cards      cards of many small files, of few large ones, and mixed
disks      where card, destinations and home stand: loop devices for root, else plain folders
throttle   a card that cannot be read faster than a given rate
stations   a home with settings, and the command as it is typed
peers      what others do with the same card, as it is typed
stage      a card on its disks, and one turn on it; a turn without SAFE, or whose copies differ, gives no figure
contest    rounds of turns in alternating order, and ratios within a round
years      a ledger of years of work
measure    one process: seconds, processor time, memory; medians and ranges of many
machine    what was measured on; empty caches
cases_*    what is measured, each with its target
registry   every case by its name; a new one is a function and a line there
profiling  where the time of an ingest goes
chart      cost by the size of the card, as a picture
report     the table, and RESULTS.md
"""
