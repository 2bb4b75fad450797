"""One frame of a clip by ffmpeg, where it is installed. Source: ffmpeg's documentation of formats and protocols.

A clip may name other files or addresses in itself. So ffmpeg gets a descriptor and no path, may open nothing but
local files, and knows no format that is a list of other files.
"""

import os
import shutil
import subprocess

SECONDS = 12.0  # for a frame
_AT = ("1", "0")  # seconds into the clip: the very first frame is often still black; a shorter clip has no other
_FORMATS = "mov,avi,mpegts,mpeg,mxf"


def clip_frame(fd: int, edge: int, seconds: float = SECONDS) -> bytes | None:
    """A JPEG of `edge` pixels at most on its longer side, upright; None without ffmpeg, or where it finds no picture.

    Args:
        fd: of the clip, opened for reading.
        edge: pixels.
        seconds: after which ffmpeg is stopped, all tries together.
    """
    program = shutil.which("ffmpeg")
    if program is None:
        return None
    for start in _AT:
        try:
            ran = subprocess.run(
                _command(program, fd, edge, start),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                pass_fds=(fd,),
                timeout=seconds / len(_AT),
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        if ran.stdout:
            return ran.stdout
        os.lseek(fd, 0, os.SEEK_SET)
    return None


def _command(program: str, fd: int, edge: int, start: str) -> list[str]:
    smaller = f"scale='min(iw,{edge})':'min(ih,{edge})':force_original_aspect_ratio=decrease"
    return [
        program, "-nostdin", "-hide_banner", "-loglevel", "quiet", "-threads", "1",
        "-protocol_whitelist", "file,pipe", "-format_whitelist", _FORMATS,
        "-ss", start, "-i", f"file:/dev/fd/{fd}",
        "-map", "0:v:0", "-frames:v", "1", "-vf", f"scale=iw*max(1\\,sar):ih,setsar=1,{smaller}",
        "-threads", "1", "-c:v", "mjpeg", "-q:v", "3", "-f", "image2pipe", "pipe:1",
    ]  # fmt: skip
