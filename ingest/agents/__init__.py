"""How the system itself starts Safelight: systemd's user units, launchd, Windows' Task Scheduler."""
