"""The sabotages: each switches one protection of the product off, and names the tests of which one must turn red.

A sabotage whose protection is backed by another one says so; where no test can tell, both are off together.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import stand_ins as do

FS = "tests/faults/test_faults_of_a_file_system.py::"
DISK = "tests/faults/test_faults_of_a_disk.py::"
NAS = "tests/faults/test_faults_of_a_nas.py::"
CARD = "tests/faults/test_faults_of_a_card.py::"
ORDER = "tests/faults/test_faults_of_order.py::"
SESSION = "tests/session/test_session_"
COPYING = "tests/copying/test_copying.py::"


@dataclass(frozen=True)
class Sabotage:
    """name: a few words. off: what the product does not do any more. patches: "module:path" -> what stands in for it.

    caught_by: the tests, by the names that pytest takes, with all their parameters.
    """

    name: str
    off: str
    patches: Mapping[str, do.StandIn]
    caught_by: tuple[str, ...]


SABOTAGES = (
    # -- flushes ------------------------------------------------------------------------------------------------------
    Sabotage(
        "no fsync of the file",
        "the barrier of a NAS and of exFAT",
        {"ingest.copying.writing:sync_files": do.flushed_without_a_flush},
        (FS + "test_a_nas_that_loses_its_power_right_after_the_verdict_holds_every_photograph",),
    ),
    Sabotage(
        # By the verdict the read-back and the flush of the folder have brought all to the medium on their way; what
        # the barrier alone carries is that only durable bytes are read back, and that beginnings are built upon.
        "no syncfs",
        "the barrier of ext4, xfs and btrfs",
        {"ingest.copying.writing:sync_filesystem": do.always(None)},
        (ORDER + "test_what_passed_the_barrier_outlives_a_power_cut_before_it_is_even_read_back",),
    ),
    Sabotage(
        "no fsync of the folder",
        "the flush that makes a name durable",
        {"ingest.copying.destination:rules_for": do.rules_with(sync_folder=False)},
        (
            DISK + "test_a_drive_that_loses_its_power_right_after_the_verdict_holds_every_photograph",
            FS + "test_a_nas_that_loses_its_power_right_after_the_verdict_holds_every_photograph",
        ),
    ),
    Sabotage(
        "no fsync of the folders above",
        "the flush of a folder that a killed session made",
        {"ingest.copying.proving:Prover._make_folders_durable": do.always(None)},
        (FS + "test_a_folder_that_a_killed_session_made_is_durable_before_its_files_count",),
    ),
    Sabotage(
        "no fsync after the rename",
        "on SMB the flush that makes a name durable",
        {"ingest.copying.destination:rules_for": do.rules_with(sync_file_after_rename=False)},
        (ORDER + "test_a_nas_by_smb_that_loses_its_power_right_after_the_verdict_holds_every_photograph",),
    ),
    Sabotage(
        "fsync after the rename by a reading descriptor",
        "that the flush on SMB goes through a descriptor that can write",
        {"ingest.copying.proving:_sync_writable": do.through_a_reading_descriptor},
        (ORDER + "test_a_nas_by_smb_that_loses_its_power_right_after_the_verdict_holds_every_photograph",),
    ),
    Sabotage(
        # What the lost flush took with it is found by the read-back, too.
        "fsync asked twice",
        "that a refused flush of a file is final",
        {"ingest.disk.barrier:_sync": do.asked_until_it_says_yes},
        (ORDER + "test_a_file_whose_flush_failed_is_asked_once",),
    ),
    Sabotage(
        "syncfs asked twice",
        "that a refused flush of a file system is final",
        {"ingest.copying.writing:sync_filesystem": do.barrier_asked_until_it_says_yes},
        (ORDER + "test_an_error_that_another_program_was_told_first_is_still_told_to_the_barrier",),
    ),
    Sabotage(
        "sync descriptor opened late",
        "that the root was opened before the first write",
        {"ingest.copying.writing:sync_filesystem": do.by_a_descriptor_opened_late},
        (ORDER + "test_an_error_that_another_program_was_told_first_is_still_told_to_the_barrier",),
    ),
    Sabotage(
        "close not looked at",
        "that an error of close() loses the file",
        {"ingest.copying.writing:Writer._close": do.closed_without_a_look},
        (FS + "test_a_destination_that_is_full_in_whatever_call_is_told_to_be_full",),
    ),
    # -- reading back -------------------------------------------------------------------------------------------------
    Sabotage(
        "no read-back",
        "that a copy is read at all before it is called proven",
        {"ingest.copying.proving:Prover._prove": do.never_read_back},
        (DISK + "test_bytes_that_are_spoilt_on_their_way_to_the_medium_are_found_and_written_again",),
    ),
    Sabotage(
        "compared by size",
        "that the bytes of a copy are compared",
        {"ingest.copying.proving:Prover._prove": do.compared_by_size},
        (DISK + "test_a_disk_that_always_spoils_a_photograph_never_holds_it_under_its_name",),
    ),
    Sabotage(
        "read back from the cache",
        "everything that keeps the page cache from answering",
        {"ingest.copying.proving:read_around_cache": do.from_the_cache},
        (DISK + "test_a_medium_that_changes_behind_a_good_cache_is_found_by_the_read_back",),
    ),
    Sabotage(
        # On ext4, xfs and btrfs O_DIRECT goes to the medium by itself; what is left is what a mapped page does.
        "cache not dropped",
        "DONTNEED, and the look whether it helped",
        {"ingest.disk.readback:_drop_from_cache": do.always(True)},
        (DISK + "test_a_copy_that_another_program_keeps_in_memory_is_not_called_proven",),
    ),
    Sabotage(
        # An emptied cache is read from the medium too; only the method that is claimed is a weaker one.
        "no O_DIRECT",
        "that the bytes do not pass through the cache",
        {"ingest.disk.readback:_read_all": do.by_plain_reads},
        (
            "tests/disk/test_loop_devices.py::test_rot_beneath_a_warm_cache_is_found_where_the_rules_promise_a_direct_read",
        ),
    ),
    Sabotage(
        "mincore not asked",
        "the look whether the kernel still holds pages of the file",
        {"ingest.disk.readback:resident_pages": do.always(0)},
        (DISK + "test_a_copy_that_another_program_keeps_in_memory_is_not_called_proven",),
    ),
    Sabotage(
        "bytes of the device not counted",
        "that the device has really given what was read",
        {"ingest.disk.readback:_device_bytes": do.counted_as_read},
        (
            "tests/disk/test_loop_devices.py"
            "::test_bytes_that_another_program_brought_back_into_memory_are_not_counted_as_the_mediums",
        ),
    ),
    Sabotage(
        # The prover gives such a copy no strong method, and the gate knows of the destination that it cannot: both off.
        "FUSE can be proven",
        "that what lies behind another program proves nothing",
        {
            "ingest.disk.readback:_method": do.any_cache_can_be_bypassed,
            "ingest.copying.destination:rules_for": do.rules_with_a_ceiling,
        },
        (FS + "test_a_file_system_behind_another_program_holds_the_copies_and_proves_nothing",),
    ),
    # -- names --------------------------------------------------------------------------------------------------------
    Sabotage(
        "os.rename",
        "that a name is given without replacing",
        {"ingest.copying.proving:publish": do.replacing},
        (
            SESSION + "destinations.py::test_a_foreign_file_of_the_same_name_stays_as_it_is_and_ours_lies_beside_it",
            COPYING + "test_another_file_of_the_same_name_stays_untouched_and_ours_is_kept_beside_it",
        ),
    ),
    Sabotage(
        "same by size",
        "that a file of another program is compared before it counts as our copy",
        {"ingest.copying.proving:Prover._same_content": do.same_by_size},
        ("tests/test_data_safety.py::test_a_file_of_the_same_name_and_length_is_not_taken_for_the_photograph",),
    ),
    Sabotage(
        "no final sweep",
        "the fresh look at every copy before the verdict",
        {"ingest.copying.sweep:_difference": do.always("")},
        (
            FS + "test_a_rename_that_says_yes_and_does_nothing_is_found_by_the_last_look",
            NAS + "test_a_snapshot_that_is_rolled_back_before_the_verdict_takes_its_copies_out_of_it",
        ),
    ),
    # -- the card -----------------------------------------------------------------------------------------------------
    Sabotage(
        "no second read of the card",
        "that a card file is read twice and both reads are compared",
        {"ingest.session.reread:_agree": do.agreed_without_a_look},
        (CARD + "test_wrong_bytes_that_the_card_gives_once_are_found_by_the_second_read",),
    ),
    Sabotage(
        "second read from the cache",
        "that the second read of the card goes around the cache",
        {"ingest.copying.source:read_around_cache": do.from_the_cache},
        (CARD + "test_wrong_bytes_that_the_card_gives_once_are_found_by_the_second_read",),
    ),
    Sabotage(
        "fingerprint ignored",
        "that the card's listing at the end is that of the beginning",
        {"ingest.session.judge:Scene": do.the_listing_agrees},
        ("tests/test_data_safety.py::test_a_photograph_that_vanishes_behind_its_copy_is_not_forgotten",),
    ),
    # -- destinations and devices -------------------------------------------------------------------------------------
    Sabotage(
        "any marker will do",
        "that a destination is the one that the ledger knows",
        {"ingest.session.prepare:admit": do.any_marker_will_do},
        (
            SESSION
            + "destinations.py::test_a_dead_mount_leaves_a_folder_without_its_marker_and_nothing_is_written_there",
            SESSION + "destinations.py::test_another_drive_at_the_same_path_is_refused_and_nothing_is_written_there",
        ),
    ),
    Sabotage(
        "no identity at each batch",
        "that the path still leads to the file system that was admitted",
        {"ingest.copying.destination:OpenDestination.check_identity": do.always(None)},
        (
            "tests/copying/test_destination.py::test_a_swapped_mount_is_noticed_before_anything_is_published",
            NAS + "test_a_mount_that_goes_in_the_middle_leaves_a_local_folder_and_nothing_is_written_there",
        ),
    ),
    Sabotage(
        "one device is two at the start",
        "the refusal of two destinations on one device",
        {"ingest.session.prepare:_refuse_one_device": do.always(None)},
        (SESSION + "refusals.py::test_two_destinations_on_one_device_are_refused_before_anything_is_written",),
    ),
    Sabotage(
        "one device is two for the gate",
        "that the gate counts devices and not copies",
        {"ingest.gate.reasons:separate_devices": do.always(99)},
        ("tests/gate/test_gate_properties.py::test_a_device_shared_in_part_counts_once",),
    ),
    # -- the ledger ---------------------------------------------------------------------------------------------------
    Sabotage(
        "no triggers",
        "that the ledger itself refuses a SAFE that its rows do not carry",
        {"ingest.ledger.db:migrations": do.without_triggers},
        (
            SESSION + "ledger_faults.py::test_a_safe_verdict_written_by_hand_is_refused_by_the_ledger_itself",
            "tests/ledger/test_ledger.py::test_the_database_itself_refuses_a_safe_that_its_rows_do_not_carry",
        ),
    ),
    Sabotage(
        "synchronous=NORMAL",
        "that a commit waits for the disk",
        {"ingest.ledger.db:_set_up": do.without_waiting_for_the_disk},
        (ORDER + "test_a_verdict_that_is_about_to_be_shown_outlives_a_power_cut_of_the_ledgers_disk",),
    ),
    Sabotage(
        "ledger before the folder",
        "that a copy is recorded when its name is durable",
        {"ingest.copying.proving:Prover._finish": do.names_flushed_behind_the_answer},
        (ORDER + "test_what_the_ledger_calls_proven_outlives_a_power_cut_in_that_very_moment",),
    ),
    # -- sidecars -----------------------------------------------------------------------------------------------------
    Sabotage(
        "a sidecar replaced unseen",
        "the look at what stands there right before the rename",
        {"ingest.session.sidecar_place:_same": do.always(True)},
        (SESSION + "sidecars.py::test_a_sidecar_that_changes_at_the_same_moment_is_not_replaced",),
    ),
    Sabotage(
        "a proven sidecar changed",
        "that a sidecar which is a copy of the ledger is left alone",
        {"ingest.session.sidecars:recorded_sidecars": do.always(frozenset())},
        (SESSION + "sidecars.py::test_a_cards_sidecar_that_was_proven_under_its_own_name_is_left_alone_and_told",),
    ),
    # -- edits --------------------------------------------------------------------------------------------------------
    Sabotage(
        "a travelled sidecar merged",
        "that an ingest replaces no bytes of which a destination has the only copy",
        {"ingest.session.sidecars:travelled_sidecars": do.always(frozenset())},
        (SESSION + "edits.py::test_sidecars_that_an_ingest_wrote_are_picked_up",),
    ),
    Sabotage(
        "a photograph set aside",
        "that a photograph's own copy keeps its name whatever is edited",
        {"ingest.edits.travel:card_copies_below": do.always({})},
        (SESSION + "edits.py::test_a_photographs_own_copy_at_the_nas_makes_room_for_no_edit",),
    ),
    # -- repairs ------------------------------------------------------------------------------------------------------
    Sabotage(
        "whatever stands there is bad",
        "that only the file which was looked at goes to the trash",
        {"ingest.care.placing:is_same": do.always(True)},
        (SESSION + "repair.py::test_a_file_that_was_put_in_the_place_of_a_suspect_one_since_the_look_is_not_touched",),
    ),
    Sabotage(
        "a suspect copy is not looked at",
        "that a suspect copy is asked itself before another takes its place",
        {"ingest.care.repair:_Ward._right_looks": do.always([])},
        (
            SESSION
            + "repair.py::test_a_suspect_copy_that_reads_right_three_times_is_proven_again_by_the_rules_of_any_proof",
        ),
    ),
    # -- errors that nobody expected ----------------------------------------------------------------------------------
    Sabotage(
        # Swallowed alone it is caught by `_answers`: nobody has answered for the file. So both are off. What is
        # left then is the sweep, which keeps the verdict true while the ledger is not.
        "a worker's exception swallowed",
        "that an error of ours is a failure of the file, and silence too",
        {
            "ingest.copying.proving:Prover._guarded": do.swallowed,
            "ingest.copying.proving:Prover._answers": do.silence_is_a_copy,
        },
        ("tests/test_data_safety.py::test_an_error_of_ours_while_a_name_is_given_is_a_failure_and_no_silence",),
    ),
)
