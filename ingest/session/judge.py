"""The end of a session: look once more at everything, ask the gate, write the verdict; only then is it shown."""

import json
import time
from collections.abc import Mapping

from ingest.card.fingerprint import fingerprint
from ingest.card.scan import scan
from ingest.copying.sweep import state_after
from ingest.errors import CardGone
from ingest.events import Phase
from ingest.gate.certificate import to_json
from ingest.gate.verdict import Verdict, judge
from ingest.ledger.certified import places_now
from ingest.ledger.db import transaction
from ingest.ledger.runs import end_run, event
from ingest.ledger.verdicts import VerdictFile, record_verdict
from ingest.session.cautions import cautions_of
from ingest.session.check import card_json, policy_of
from ingest.session.context import Session
from ingest.session.evidence import Scene, gather


def judge_session(session: Session) -> Verdict:
    """Look once more at everything, ask the gate, write the verdict; only then is it shown."""
    session.emit(Phase("verdict"))
    listing, mark = session.card.listing, session.card.fingerprint
    try:
        if not session.opener.alive():  # torn out: the path may be an empty folder now, or another card
            raise CardGone("The card was removed")
        listing = scan(session.card.root)
        mark = fingerprint(listing)
        if listing == session.card.listing:  # nearly always: two of a large card need not be held
            listing = session.card.listing
    except CardGone:
        session.troubles.card_gone = True
    scene = Scene(
        listing,
        mark,
        mark == session.card.fingerprint,
        session.settings.places(),
        session.settings.cards.ignore,
        session.absent,
        session.new,
        session.troubles,
        tuple(session.notes),
        cautions_of(session.ledger, session.card_id, session.card, listing),
        session.card.words,
        session.card.read_ceiling is not None,
    )
    evidence = gather(session.ledger, session.card_id, scene, session.hands)
    verdict = judge(evidence, policy_of(session.settings), time.time())
    _write(session, verdict, {copy_id: state_after(what) for copy_id, what in scene.findings.items()})
    return verdict


def _write(session: Session, verdict: Verdict, states: Mapping[int, str]) -> None:
    body = to_json(verdict, card_json(session.card))
    body |= {"station": session.settings.station, "places": places_now(session.ledger)}  # for its certificate
    files = (
        VerdictFile(file.path, None if file.excuse else file.asset_id, file.rule or file.excuse.value)
        for file in verdict.evidence.files
        if file.excuse or file.asset_id is not None
    )
    record_verdict(
        session.ledger,
        run_id=session.run_id,
        card_id=session.card_id,
        level=verdict.level.value,
        at=verdict.at,
        fingerprint=verdict.evidence.fingerprint,
        devices_required=verdict.policy.devices,
        files=files,
        total=len(verdict.evidence.files),
        body=json.dumps(body, ensure_ascii=False),
        states={copy_id: state for copy_id, state in states.items() if state},
    )
    with transaction(session.ledger):
        end_run(session.ledger, session.run_id, time.time(), interrupted=session.troubles.interrupted)
        event(session.ledger, session.run_id, verdict.at, "verdict", json.dumps(body, ensure_ascii=False))
