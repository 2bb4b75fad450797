"""The screen of a repair: each copy by its name, then the counts."""

from dataclasses import asdict

from ingest.care.repair import Healed, RepairReport
from ingest.cli.console import Console, paint, shape
from ingest.model.names import base_of, display
from ingest.model.standing import Standing
from ingest.plan.healing import was_rewritten
from ingest.words import size


def show_plan(console: Console, copy: Standing, sources: list[str]) -> None:
    """What would be done for one copy."""
    console.line(
        {
            "schema": 1, "type": "repair_plan", "destination": copy.destination, "path": display(copy.path),
            "state": copy.state, "size": copy.size, "sources": sources, "rewritten": was_rewritten(copy),
        }
    )  # fmt: skip
    where = f"from {', else '.join(sources)}" if sources else "from NOWHERE: there is no other copy"
    console.say(f"{copy.destination:<12} {copy.state:<8} {display(copy.path)}, {size(copy.size)}: {where}")
    if was_rewritten(copy):
        console.say("    A program wrote that file since it was copied: what it holds would lie in the trash.")


def show_report(console: Console, report: RepairReport) -> None:
    """What became of each copy."""
    for one in report.right:
        _show_right(console, one)
    for one in report.healed:
        _show_healed(console, one)
    for destination, path in report.wrong_sources:
        console.say(f"  {shape('warn')} {destination}: {display(path)} was to heal another one and has OTHER BYTES")
    for kind, missing in (("waiting", report.waiting), ("failed", report.failed)):
        for (destination, path), why in missing.items():
            console.line(
                {"schema": 1, "type": "not_healed", "destination": destination, "path": display(path),
                 "kind": kind, "why": why}
            )  # fmt: skip
            words = "left for later" if kind == "waiting" else "NOT healed"
            console.say(f"  {shape('do_not_format')} {words}: {destination}: {display(path)} ({why})")
    _sum_up(console, report)


def _sum_up(console: Console, report: RepairReport) -> None:
    console.line(
        {
            "schema": 1, "type": "summary", "copies": report.copies, "healed": len(report.healed),
            "right": len(report.right), "waiting": len(report.waiting), "failed": len(report.failed),
            "wrong_sources": len(report.wrong_sources), "bytes": report.bytes_read, "good": report.good,
        }
    )  # fmt: skip
    if not report.copies:
        console.say("No copy is suspect or lost. What is on the disks is looked at by: safelight verify")
        return
    sign = paint(shape("safe"), "green") if report.good else paint(shape("do_not_format"), "red")
    parts = [f"{len(report.healed):,} of {report.copies:,} copies healed"]
    parts += [f"{len(report.right):,} right after all"] * bool(report.right)
    parts += [f"{len(report.waiting):,} left for later"] * bool(report.waiting)
    parts += [f"{len(report.failed):,} NOT healed"] * bool(report.failed)
    console.say(f"{sign} {', '.join(parts)}")


def _show_right(console: Console, one: Healed) -> None:
    console.line({"schema": 1, "type": "right", **_facts(one)})
    proven = "proven again" if one.is_proven else "NOT proven: it was read from the cache"
    console.say(f"  {one.destination}: {display(one.path)} was suspect and reads right three times: {proven}")


def _show_healed(console: Console, one: Healed) -> None:
    console.line({"schema": 1, "type": "healed", **_facts(one)})
    proven = "proven" if one.is_proven else "NOT proven: it could be read from the cache alone"
    console.say(f"  {one.destination}: {display(one.path)} healed from {one.source}, {proven}")
    if one.path != one.was:
        console.say(f"    another file has the name {display(base_of(one.was))}, so ours stands beside it")
    if one.aside:
        whose = "A program had written the file that was there; it" if one.rewritten else "The bad file"
        console.say(f"    {whose} lies in {one.aside}")


def _facts(one: Healed) -> dict[str, object]:
    return asdict(one) | {"was": display(one.was), "path": display(one.path)}
