"""Behind work that nobody watched: is somebody to be called?"""

import time

from ingest.cli.console import Console, shape
from ingest.cli.home import Home
from ingest.notices.herald import Herald


def call_if_due(home: Home, console: Console) -> None:
    """Call for what drills, nights and the queue ask for; what cannot be sent is told, and is no error of the work."""
    herald = Herald(home.folder, home.settings, tell=lambda text: console.note(f"{shape('warn')} {text}"))
    herald.look(time.time(), sessions=False)
