"""Signatures over certificates: Ed25519 (RFC 8032) by `cryptography`. Where a key lies is `station_key`'s business."""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ingest.certificates.facts import Certificate, canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ALGORITHM = "Ed25519"
_GROUPS = 8  # of four hex digits: 128 bits of a SHA-256, which people can compare
_KEYS = frozenset({"algorithm", "public_key", "fingerprint", "signature"})


@dataclass(frozen=True, slots=True)
class Signature:
    """public_key: 32 bytes. signature: 64 bytes, over a certificate's canonical form."""

    public_key: bytes
    signature: bytes

    @property
    def fingerprint(self) -> str:
        """Of the key, for people: `3f2a 11b0 ...`."""
        return fingerprint(self.public_key)

    def to_json(self) -> dict[str, str]:
        """As it stands in the files."""
        return {
            "algorithm": ALGORITHM,
            "public_key": base64.b64encode(self.public_key).decode("ascii"),
            "fingerprint": self.fingerprint,
            "signature": base64.b64encode(self.signature).decode("ascii"),
        }

    def holds(self, certificate: Certificate) -> bool:
        """Whether this key signed exactly these facts."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(self.signature, certificate.canonical)
        except (InvalidSignature, ValueError):
            return False
        return True


def fingerprint(public_key: bytes) -> str:
    """Eight groups of four hex digits, the beginning of the SHA-256 of a public key."""
    digits = hashlib.sha256(public_key).hexdigest()
    return " ".join(digits[4 * group : 4 * group + 4] for group in range(_GROUPS))


def sign(certificate: Certificate, key: "Ed25519PrivateKey") -> Signature:
    """Sign the facts; the same facts and key always give the same signature."""
    return Signature(key.public_key().public_bytes_raw(), key.sign(certificate.canonical))


def envelope(certificate: Certificate, signature: Signature | None) -> dict[str, Any]:
    """What each of the three files carries: facts, their SHA-256, the signature or None."""
    return {
        "schema": 1,
        "type": "signed certificate",
        "certificate": certificate.facts,
        "sha256": certificate.sha256,
        "signature": signature.to_json() if signature else None,
    }


def signature_of(told: Any) -> Signature | None:
    """A signature as it stands in a file, None for an unsigned one.

    Raises:
        ValueError: it is none, or says more or other things than a signature does.
    """
    if told is None:
        return None
    if not isinstance(told, Mapping) or set(told) != _KEYS:
        raise ValueError("what stands as the signature is none")
    try:
        found = Signature(
            base64.b64decode(told["public_key"], validate=True), base64.b64decode(told["signature"], validate=True)
        )
    except (binascii.Error, TypeError, ValueError) as error:
        raise ValueError("what stands as the signature is none") from error
    if canonical(found.to_json()) != canonical(told):
        raise ValueError("the fingerprint that stands there is another key's")
    return found
