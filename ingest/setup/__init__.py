"""The first run: questions, answers that are tried at once, settings that are written at the end, a rehearsal."""
