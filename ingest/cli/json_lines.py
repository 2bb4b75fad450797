"""Which JSON lines each verb writes with `--json`, and what each tells. Pure data; the reference is made of it.

A line is `{"schema": 1, "type": ..., ...}`. Lines that are events have their fields from the event itself.
"""

TYPES = {
    "verdict": "the answer about a card: `level`, `card`, `counts`, `reasons`, `cautions`, `places`",
    "summary": "the last line of a verb without a verdict: its counts, and `exit` where that is not told by them",
    "error": "why the work could not be done: `exit`, `message`, `hint`, `path`, `retriable`, `mistakes`",
    "card": "a card that was seen here, with its last verdict",
    "shoot": "a shoot: its copies by destination and state, its third copies by state, its tags",
    "drive": "a drive that is carried elsewhere, and what is to be done with it",
    "lacks": "what a destination lacks and `catch-up` brings: `files`, `shoots`, `bytes`",
    "image": "a row of a catalog: `on_disk`, `copies`, `cloud`, `problems`",
    "not_in_catalog": "a picture on the working disk that no catalog knows: `path`",
    "catalog_snapshot": "a catalog: `problem`, `counts` of what was opened, `torn`, `notes`, `places` with `state`",
    "verify": "a destination: `looked_at`, `ok`, `differs`, `gone`, `unread`, `unproven`, `alarm`, `problem`",
    "care": "an earlier verify, repair or the like: when, what, how many",
    "repair_plan": "a copy that is wrong, and where the right bytes are",
    "right": "a copy that was suspect and is right",
    "healed": "a copy that is right again: from where, and where the bad file went",
    "not_healed": "a copy that stays wrong, and why",
    "recovery": "a `step` of a recovery: `look`, `records`, `bucket`",
    "place": "a place of a drill: what was asked, came back, agreed and opened",
    "step": "a step of a night: `step`, `outcome`, `words`, `exit`; of `init`: `step`, `exit`, `problem`",
    "card_noticed": "the watcher sees a card: `mount`, `label`, `uuid`, `state`",
    "watcher": "the watcher, where one was seen: `well`, `text`, `last_seen`",
    "card_gone": "a card was taken out: `mount`, `label`, `uuid`",
    "said": "what the watcher says of its own work: `text`, `warns`",
    "records_sent": "the ledger's backup, settings and manifests that went to the bucket; `problems`",
    "finding": "a thing that was looked at: `what`, `level`, `text`, `todo`",
    "ledger_backup": "a destination: `name` of the backup, `method`, `proven`, `removed`, `problem`",
    "rebuilt": "a destination whose copies were taken up: `proven`, `problem`",
}  # type -> what it tells, of those that are no events

_SAID = ("destination_ready", "destination_problem", "warned")
_STAGE = ("phase", "progressed")
_SESSION = (
    "card_found", "destination_ready", "destination_problem", "plan_made", *_STAGE, "start_editing", "warned", "tagged",
    "sidecars", "queued", "verdict",
)  # fmt: skip
_QUEUE = (
    "upload_started", "upload_progressed", "upload_sent", "uploads_checked", "upload_postponed", "upload_needs_you",
    "upload_source_suspect", "uploads_resting",
)  # fmt: skip

WRITES: dict[str, tuple[str, ...]] = {
    "init": (*_SESSION, "finding", "step", "summary"),
    "sheet": (),
    "notices test": (),
    "notices urls": (),
    "certificate make": (),
    "certificate check": (),
    "certificate key": (),
    "ingest": (*_SESSION, "summary"),
    "check": ("verdict",),
    "cards": ("card",),
    "shoots": ("shoot",),
    "status": ("shoot", "drive", "lacks", "watcher"),
    "tag": ("tagged", "warned", "error"),
    "audit": ("image", "not_in_catalog"),
    "sync": (*_SAID, *_STAGE, "edits_found"),
    "catalog snapshot": ("catalog_snapshot",),
    "catch-up": (*_SAID, *_STAGE),
    "verify": ("verify", "care"),
    "repair": ("repair_plan", "right", "healed", "not_healed"),
    "restore": ("healed", "not_healed", "right"),
    "recover": ("recovery", "records_sent"),
    "release": (),
    "drill": ("place",),
    "nightly": ("step",),
    "schedule install": (),
    "schedule status": (),
    "schedule uninstall": (),
    "watch": (*_SESSION, *_QUEUE, "records_sent", "card_noticed", "card_gone", "said", "error", "summary"),
    "cloud run": (*_QUEUE, "records_sent"),
    "cloud check": _QUEUE,
    "cloud cost": (),
    "cloud status": (),
    "cloud pause": (),
    "cloud resume": (),
    "cloud retry": (),
    "cloud cancel": (),
    "cloud add": (),
    "cloud setup": ("finding",),
    "drive list": ("drive",),
    "drive add": (),
    "drive update": (*_SAID, *_STAGE, "edits_found", "verify"),
    "drive eject": (),
    "card clear": (),
    "ledger check": (),
    "ledger backup": ("ledger_backup",),
    "ledger rebuild": ("rebuilt",),
    "doctor": ("finding",),
}  # verb -> types, beside the one that ends its output: a summary where no verdict is among them, or an error


def types_of(verb: str) -> tuple[str, ...]:
    """The types that a verb may write, the last one included."""
    own = WRITES[verb]
    ends = () if "verdict" in own else ("summary",)
    return tuple(dict.fromkeys((*own, *ends, "error")))
