"""How fast, how large, how soon: measured on this machine and printed; `python -m benchmarks` or `make bench`.

growing    real headers grown to real sizes; the acceptance tests build their cards with it too
cards      cards of many small files, of few large ones, and mixed
disks      where card and destinations stand: loop devices for root, else plain folders
stations   a home with settings, and the command as it is typed
years      a ledger of years of work
measure    one process: seconds, peak memory; medians and ranges of many
machine    what was measured on; empty caches
cases_*    what is measured, each with its target; a new one is a function and a line in `__main__`
report     the table, and RESULTS.md
"""
