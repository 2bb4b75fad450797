"""What `doctor` and `cloud status` say of the encryption: who can open what is sent, and whether somebody here can."""

from dataclasses import dataclass

from ingest.cloud.age import recipients_of
from ingest.cloud.errors import CloudError, NoIdentity
from ingest.cloud.identities import publics_of
from ingest.config.cloud_settings import CloudSettings

NO_WAY_BACK = "restore from the bucket is not possible here"


@dataclass(frozen=True, slots=True)
class SealState:
    """cannot_send: why nothing is encrypted, cannot_open: why nothing is opened, "" when it can be; todo: for it.

    is_upload_only: the only thing wrong is that there is no private key here, which may be as it is meant.
    """

    cannot_send: str = ""
    cannot_open: str = ""
    todo: str = ""
    is_upload_only: bool = False


def seal_state(settings: CloudSettings) -> SealState:
    """Looks into the environment and the keychain; nothing is asked of the network."""
    try:
        recipients_of(settings.recipients)
    except CloudError as error:
        return SealState(cannot_send=error.message, cannot_open=error.message, todo=error.hint)
    try:
        here = publics_of(settings.bucket)
    except CloudError as error:
        is_upload_only = isinstance(error, NoIdentity)
        why = "no identity" if is_upload_only else error.message
        return SealState(cannot_open=f"{NO_WAY_BACK}: {why}", todo=error.hint, is_upload_only=is_upload_only)
    if settings.recipients and not set(here) & set(settings.recipients):
        why = "the identity here belongs to none of [cloud] recipients"
        todo = f"Its own public key is {here[0]}"
        return SealState(cannot_open=f"{NO_WAY_BACK}: {why}", todo=todo)
    return SealState()
