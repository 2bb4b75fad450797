"""What may stand in `[cloud]` of `config.toml`: the third copy, its line, its encryption; as in `settings`."""

from enum import StrEnum

from ingest.config import cloud_values, line_values, seal_values, values
from ingest.config.table import Table, setting, several


class CloudKind(StrEnum):
    """Services that can hold the third copy."""

    B2 = "b2"
    S3 = "s3"
    FOLDER = "folder"


class CloudSettings(Table):
    """The third copy. Its key never stands here."""

    kind: CloudKind = setting(
        values.one_of(CloudKind), "b2 | s3 (any compatible service) | folder (a drive carried away)", example="b2"
    )
    bucket: str = setting(
        cloud_values.bucket, "must exist; for a folder your own word for that copy", example="my-archive"
    )
    prefix: str = setting(cloud_values.prefix, 'a folder in the bucket, "" for none', default="originals/")
    realm: str = setting(cloud_values.realm, "of b2: or a URL", default="production")
    endpoint: str = setting(cloud_values.endpoint, 'of s3: the service, "https://host"; "": Amazon', default="")
    region: str = setting(cloud_values.region, "of s3: as the service names it", default="us-east-1")
    path: str = setting(cloud_values.offsite_folder, 'of folder: where the drive is, "/mnt/offsite"', default="")
    hours: str = setting(
        line_values.hours, 'when to send, e.g. "20:00-07:00"; "": always. May change while it runs', default=""
    )
    limit: str = setting(
        line_values.uplink, 'most to send, e.g. "40 Mbit/s" or "5 MB/s"; "": no limit. May change too', default=""
    )
    parallel: int = setting(values.whole(1, 16), "files, or parts of large ones, under way at once", default=4)
    encrypt: bool = setting(
        seal_values.yes_or_no, "what is sent from now on; only the private key opens it, see README", default=False
    )
    recipients: tuple[str, ...] = setting(
        several(seal_values.recipient, ', ["age1...", "age1..."]', most=4),
        "public keys of age that may open it, from `safelight cloud keygen`; two are wise, one of them in a safe",
        default=(),
    )

    def mistakes_between(self) -> tuple[str, ...]:
        """Nobody could open what is encrypted for nobody."""
        if self.encrypt and not self.recipients:
            return ("encrypt = true needs recipients: leave it out until `safelight cloud keygen` has made a key",)
        return ()

    @property
    def word(self) -> str:
        """What the third copy is called where places are named; "cloud" is understood for each of them, too."""
        return str(self.kind.value)
