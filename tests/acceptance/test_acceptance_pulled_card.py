"""A card that leaves its reader before it is proven: no verdict that was not earned, and the same command goes on."""

import os
import subprocess

import pytest
from acceptance_cards import files_on, fill, pairs
from acceptance_tools import arrived, contents, copies_at, footprints, go_on, ingest, pull, stopped_when
from loops import needs_loops, run

pytestmark = [pytest.mark.root, needs_loops]

PAIRS = pairs(12, raw=8, jpeg=2)


def everything_is_home(desk, on_card):
    assert contents(copies_at(desk.studio.ssd)) == on_card
    assert contents(copies_at(desk.studio.nas)) == on_card
    assert not desk.studio.leftovers()


@pytest.fixture
def half_read(desk):
    """An ingest that is halted in the middle of its copying; gives the desk and the process."""
    fill(desk.card.mnt, PAIRS)
    os.sync()  # a camera's card is on its medium: what only memory held would be lost by the pull itself
    running = desk.studio.start("ingest", desk.studio.card, "--json")
    stopped_when(running, lambda: arrived(desk.studio.ssd) >= 8)
    yield desk, running
    running.kill()
    running.wait()


def test_a_card_torn_out_half_way_is_not_yet_and_put_back_the_same_command_makes_it_safe(half_read):
    desk, running = half_read
    studio, on_card = desk.studio, contents(files_on(desk.card.mnt))
    pull(desk.card.mnt)
    run("umount", "-l", desk.card.mnt)  # what every desktop does when a reader loses its card
    torn = go_on(running)
    assert (torn.code, torn.last["level"]) == (11, "not_yet"), torn.out + torn.err
    assert torn.codes[0] == "card gone"
    assert not torn.events("start_editing")
    half = footprints(studio.ssd)
    assert 0 < len(half) < len(PAIRS)  # what had arrived whole is kept

    desk.card.mount()
    again = ingest(studio)
    assert (again.code, again.last["level"]) == (0, "safe"), again.out + again.err
    [plan] = again.events("plan_made")
    assert (plan["to_copy"], plan["already_safe"]) == (len(PAIRS) - len(half), len(half))
    now = footprints(studio.ssd)
    assert {path: now[path] for path in half} == half
    everything_is_home(desk, on_card)


def test_a_card_that_stays_in_its_reader_and_answers_no_more_is_told_file_by_file(half_read):
    desk, running = half_read
    on_card = contents(files_on(desk.card.mnt))
    pull(desk.card.mnt)
    dead = go_on(running)
    assert (dead.code, dead.last["level"]) == (3, "do_not_format"), dead.out + dead.err
    assert dead.codes[0] == "unreadable"
    assert not dead.events("start_editing")

    desk.card.unmount()
    desk.card.mount()
    assert ingest(desk.studio).code == 0
    everything_is_home(desk, on_card)


def test_a_card_that_is_ejected_by_force_is_not_yet_although_its_open_files_could_still_be_read(half_read):
    desk, running = half_read
    on_card = contents(files_on(desk.card.mnt))
    run("umount", "-l", desk.card.mnt)
    subprocess.run(["losetup", "-d", desk.card.device], capture_output=True, check=False)
    torn = go_on(running)
    assert (torn.code, torn.last["level"]) == (11, "not_yet"), torn.out + torn.err
    assert torn.codes[0] == "card gone"

    run("mount", "-o", "loop", desk.card.image, desk.card.mnt)
    again = ingest(desk.studio)
    assert (again.code, again.last["level"]) == (0, "safe"), again.out + again.err
    everything_is_home(desk, on_card)
