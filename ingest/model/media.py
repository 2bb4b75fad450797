"""Files of photographs by their suffix: lower case, no dot. Sources: the makers' manuals; DCF (CIPA DC-009)."""

RAWS = frozenset(
    b"3fr ari arw bay cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef raf rw2 rwl sr2 srf srw"
    b" x3f".split()
)
STILLS = frozenset(b"avif heic heif hif jpe jpeg jpg thm tif tiff".split())
CLIPS = frozenset(b"360 3gp avi insv lrf lrv m2ts m4v mov mp4 mts wav".split())
NO_MAGIC = frozenset(b"braw crm m2t mod mpg mxf r3d raw tod".split())  # media that cannot be told from noise
MEDIA = RAWS | STILLS | CLIPS | NO_MAGIC
COMPANIONS = frozenset(b"lrf lrv thm wav".split())  # made by the camera beside a picture; no editor shows them alone
PICTURES = MEDIA - COMPANIONS
