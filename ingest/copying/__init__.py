"""One read of the card, a writer for each destination, hashes in flight, durable, read back around the cache.

reader --ring of buffers--> writer (a thread a destination) --batch--> barrier --> prover (a thread a destination)
                                                                              --> publish --> outcome to the session
"""
