"""The pictures of the three moments in README, drawn from the story; `python tests/docs/pictures.py`, as root.

Drawn by rich, without a font of its own: nothing is fetched by whoever looks at them.
"""

import io

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text
from story import ROOT, in_colour

FOLDER = ROOT / "docs" / "pictures"
SHOWN = {
    "safe.svg": ("first card", 'safelight ingest --shoot "Meyer wedding"'),
    "not-yet.svg": ("two more", "safelight check"),
    "status.svg": ("the shoot", "safelight status"),
}
_THEME = TerminalTheme(
    (24, 24, 27), (228, 228, 231),
    [(24, 24, 27), (248, 113, 113), (74, 222, 128), (250, 204, 21), (96, 165, 250), (192, 132, 252), (34, 211, 238),
     (228, 228, 231)],
)  # fmt: skip
_FORMAT = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace;
font-size: {char_height}px; line-height: {line_height}px; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}"/></clipPath>
{lines}</defs>
<rect width="{width}" height="{height}" rx="8" fill="#18181b"/>
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def picture(name: str, command: str, screen: str) -> str:
    """A screen as SVG; the text in it can be selected and read aloud."""
    console = Console(record=True, width=82, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(f"$ {command}\n{screen}"), soft_wrap=False)
    return console.export_svg(theme=_THEME, code_format=_FORMAT, unique_id=name.partition(".")[0])


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    told = in_colour()
    for name, (screen, command) in SHOWN.items():
        (FOLDER / name).write_text(picture(name, command, told[screen]), encoding="utf-8")
