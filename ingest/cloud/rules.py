"""The line's rules as they stand in the settings now: hours and speed, which may change while a worker runs."""

from collections.abc import Callable
from datetime import datetime

from ingest.cloud.hours import Sending, Wall, sending_at
from ingest.cloud.line import Line
from ingest.config.cloud_settings import CloudSettings
from ingest.config.line_values import bytes_per_second, minutes_of
from ingest.config.live import LiveSettings


def sending_now(settings: CloudSettings, now: float, wall: Wall = datetime.fromtimestamp) -> Sending:
    """Whether the hours of the settings let a file begin. now: seconds since 1970 UTC."""
    return sending_at(now, *minutes_of(settings.hours), wall)


class LiveRules:
    """Rules for `run_queue`: keeps `line` at the speed of the settings and says whether a file may begin.

    at_once: whatever the hours say. told: gets one sentence when the settings changed, or cannot be read any more.
    Encryption is the store's, which is open: when it changes nothing more begins, at_once or not, and the run ends.
    """

    def __init__(
        self,
        live: LiveSettings,
        line: Line,
        told: Callable[[str], object],
        *,
        at_once: bool = False,
        wall: Wall = datetime.fromtimestamp,
    ) -> None:
        self._live, self._line, self._told, self._at_once, self._wall = live, line, told, at_once, wall
        self._sealing = _sealing(live.settings.cloud)

    def __call__(self, now: float) -> Sending:
        """By the settings as they are now; those of before, while the file has a mistake or no [cloud] any more."""
        if self._live.refresh():
            problem = self._live.problem
            self._told(f"The settings changed, but {problem}: the old ones stay" if problem else "The settings changed")
        cloud = self._live.settings.cloud
        if cloud is None:
            return Sending(allowed=False, reason="there is no [cloud] in the settings any more")
        if _sealing(cloud) != self._sealing:
            return Sending(allowed=False, reason="[cloud] encrypt or recipients changed; run it anew")
        self._line.set_limit(bytes_per_second(cloud.limit))
        return Sending(allowed=True) if self._at_once else sending_now(cloud, now, self._wall)


def _sealing(cloud: CloudSettings | None) -> tuple[bool, tuple[str, ...]] | None:
    return None if cloud is None else (cloud.encrypt, cloud.recipients)
