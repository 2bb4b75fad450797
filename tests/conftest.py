"""What every test may use, and the honest end: tests that could not run are told, and fail in CI."""

import os
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# A busy machine is no mistake of the code.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


def _count_no_lines() -> None:
    """In a forked child: what coverage counts there is thrown away with it, costs a third of its time, and takes a lock
    that a Ctrl-C in the middle would leave locked for ever."""
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]  # None is what it begins with


os.register_at_fork(after_in_child=_count_no_lines)

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_folder() -> Path | None:
    """More real files than the repository may hold: $SAFELIGHT_SHARED, or a folder `shared` beside the checkout."""
    named = os.environ.get("SAFELIGHT_SHARED")
    folder = Path(named) if named else REPOSITORY.parent / "shared"
    return folder if folder.is_dir() else None


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(autouse=True)
def _no_secrets_and_no_home_of_the_user(monkeypatch, tmp_path_factory):
    """No test may find the real home, keychain, B2 key or desktop of whoever runs it."""
    monkeypatch.setenv("SAFELIGHT_HOME", str(tmp_path_factory.mktemp("home")))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    of_b2 = ("B2_APPLICATION_KEY_ID", "B2_APPLICATION_KEY", "B2_ACCOUNT_INFO")
    of_ours = ("AGE_IDENTITY", "AGE_IDENTITY_FILE", "STATION_KEY", "NOTICE_URLS")
    for name in (*of_b2, *(f"SAFELIGHT_{end}" for end in of_ours), "DBUS_SESSION_BUS_ADDRESS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def keychain(monkeypatch):
    """Puts one of `keychains.py` in the place of this computer's, None for a computer without; gives it back."""
    import keyring.core  # a tenth of a second

    def use(chain):
        monkeypatch.setattr(keyring.core, "_keyring_backend", chain)
        return chain

    return use


@pytest.fixture
def in_threads(monkeypatch):
    """Children as threads of this process, as where there is no fork: what a test patches and counts is seen here."""
    for module in ("ingest.copying.crew", "ingest.disk.apart"):
        monkeypatch.setattr(f"{module}._CAN_FORK", False)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session, exitstatus):
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if skipped and os.environ.get("CI") == "true" and exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter):
    skipped = terminalreporter.stats.get("skipped", [])
    if skipped:
        terminalreporter.section("NOT RUN here")
        for report in skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            terminalreporter.line(f"{report.nodeid}: {reason}")
        if os.environ.get("CI") == "true":
            terminalreporter.line("CI=true: a test that could not run is a failure")


@pytest.fixture
def studio(tmp_path):
    from studio import Studio

    return Studio(tmp_path)
