"""The medium: mounts and devices, paths that cannot escape, barriers, publishing, reads around the cache, children.

A foundation below the stages: cards, destinations, manifests and care all stand on the same few careful system calls.
"""
