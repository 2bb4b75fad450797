"""The verdict: may this card be formatted? Pure; built from proofs, never from the absence of errors."""
