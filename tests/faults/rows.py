# SPDX-License-Identifier: Apache-2.0
"""The fault campaigns, one row each.

    name      of the row; the part before the dash is the threat that it stands for
    fault     what goes wrong, and how it is brought about
    promise   what must hold then, beyond what oracle.py always asks
    story     module and function that make it happen, MODULE.FUNCTION; it takes a Case
    commit    (seeds, cases of one seed) of `make check`
    release   the same of `make check-long`; each seed is a program of its own
    root      1: needs root, and says skipped without
"""

from collections import namedtuple

Row = namedtuple("Row", "name fault promise story commit release root")

ROWS = [Row(*row) for row in (
    ("A1-work", "kill -9 of a node at a random moment while it is written to, or starts",
     "acknowledged writes survive, the node starts by itself", "crash.kill_at_work", (1, 150), (20, 500), 0),
    ("A1-failpoints", "kill -9 at every failpoint of starting, writing, copying and stopping",
     "as failpoint.def says", "failpoints.at_work", (1, 1), (5, 5), 0),
    ("A3-failpoints", "kill -9 at every failpoint of rebuilding, backups, restoring and growing",
     "as failpoint.def says", "failpoints.at_upkeep", (1, 1), (5, 5), 0),
    ("A2-failpoints", "kill -9 at every failpoint of evidence, old copies, late payloads and rosters",
     "as failpoint.def says", "meetings.at_meetings", (1, 1), (5, 5), 0),
    ("A2-replication", "kill -9 of sender, receiver or several of three nodes that write and copy",
     "no gap, nothing twice, all converge", "crash.kill_in_replication", (1, 60), (10, 500), 0),
    ("A5-ext4", "an ext4 file system stops without its journal's rest (EXT4_IOC_SHUTDOWN), and is mounted again",
     "acknowledged writes survive", "room.one_loses_power", (1, 5), (5, 100), 1),
    ("A6-ext4", "the same of all nodes together", "acknowledged writes survive", "room.all_lose_power",
     (1, 2), (2, 50), 1),
    ("B1-full", "a file system of a few MiB fills up, above a watermark and below, and gets room",
     "read-only with the reason, reads go on, by itself back", "room.full_disk", (1, 2), (1, 20), 1),
    ("B2-map", "the database map reaches its maximum, which is then raised",
     "read-only with the reason, reads go on", "room.full_map", (1, 1), (1, 20), 0),
    ("B5-slow", "every flush takes 400 ms", "the loop answers others meanwhile", "room.slow_disk", (1, 2), (1, 50), 0),
    ("B6-readonly", "the file system is read-only at a start", "a declared end; all is there when it is not",
     "room.read_only_disk", (1, 2), (1, 10), 1),
    ("B3-calls", "a file call fails with EIO or ENOSPC, once or for ever, done or not; count 0: every n-th call",
     "no acknowledgement of what is not there; an honest end or read-only; a clean start after it",
     "disk.calls_fail", (1, 6), (1, 0), 0),
    ("B3-first", "as B3-calls, in the first start of a node", "the next start is the first one",
     "disk.first_calls_fail", (1, 8), (1, 0), 0),
    ("G4-memory", "an allocation of each call stack fails, once or for ever; count 0: of all stacks",
     "an error or a declared end, a clean start after it", "memory.allocations_fail", (1, 8), (1, 0), 0),
    ("C1-bytes", "1 to 16 bytes of the database are others", "refused or right, never wrong",
     "damage.of_bytes", (1, 200), (8, 1000), 0),
    ("C1-pages", "512 to 4096 bytes of the database are garbage or zero", "refused or right, never wrong",
     "damage.of_pages", (1, 50), (3, 1000), 0),
    ("C1-ring", "1 to 16 bytes of the commit log are others", "refused or right, never wrong",
     "damage.of_the_ring", (1, 50), (2, 1000), 0),
    ("C2-truncated", "the database is cut anywhere", "not opened, or right",
     "damage.truncated", (1, 20), (1, 1000), 0),
    ("C3-stale", "a page of the database is what it was before", "refused, right, or a true earlier state",
     "damage.stale_pages", (1, 50), (1, 1000), 0),
    ("C3-moved", "a page of the database stands in the place of another", "refused or right",
     "damage.moved_pages", (1, 50), (1, 1000), 0),
    ("C4-copies", "a node goes on from an old copy of its database, its commit log or both; peers up, down or late",
     "no head contradicts another; behind its own log it says so and writes nothing", "restored.old_copies",
     (1, 12), (10, 50), 0),
    ("C6-forks", "a region signs two histories and shows them to one or several of three nodes",
     "evidence kept, told, exported; the log frozen, the others go on", "liars.forks", (1, 10), (4, 60), 0),
    ("C6-lies", "a region serves wrong bytes, proofs, heads and cosignatures of others, noise",
     "nothing of it is kept, all get the truth from who has it", "lies.lies", (1, 12), (10, 24), 0),
    ("C6-silences", "a region never answers one node, or one byte at a time",
     "that node asks another", "lies.silences", (0, 0), (2, 12), 0),
    ("G7-soak", "200 writes a second at four nodes; a case is a second",
     "memory, descriptors, reader slots and threads stay flat; see build/soak", "soak.row", (1, 8), (1, 1800), 0),
    ("D1-schedules", "partitions, one-way links, clogs, mute nodes, resets, loss, flapping or not, on 3 to 5 nodes",
     "local writes go on; one digest within 30 s after the last fault", "partitions.schedules", (1, 4), (6, 60), 1),
    ("C5-clones", "a copy of a node, with its database or without, is started beside it",
     "the copy is refused and the alarm raised at peers and at both; restarts are no copies",
     "clones.started", (1, 2), (5, 10), 0),
    ("I1-stop", "SIGTERM of a node that is written to",
     "exit 0 within 10 s, what was acknowledged stays", "operations.stop_under_load", (1, 8), (5, 100), 0),
    ("I2-reload", "SIGHUP with each option wrong in turn, under load",
     "the old configuration stays, the error names file and line", "operations.reload_wrong", (1, 1), (5, 1), 0),
    ("I4-backup", "backups of a node that is written to, restored and started elsewhere",
     "all that was acknowledged before is in it; it serves reads and takes no write",
     "operations.backup_under_load", (1, 2), (5, 20), 0),
    ("H1-jumps", "the wall clock of one node goes back, ahead, to 1970 and by years, under load",
     "no storm, no stop of replication, times never decrease; far ahead writes wait for an operator's word",
     "clocks.jumps", (1, 1), (5, 20), 0),
    ("H3-stopped", "SIGSTOP and SIGCONT of nodes that are written to",
     "they come back, nothing is lost or twice", "clocks.stopped", (1, 6), (5, 20), 0),
    ("D4-resets", "connections between nodes are reset after any byte", "replication goes on where it was",
     "links.resets", (1, 25), (4, 500), 0),
    ("D5-pieces", "connections between nodes carry a few bytes at a time; a case is a hundred pieces",
     "the same result", "links.pieces", (1, 20), (2, 500), 0),
    ("F4-rotations", "a node's certificate is exchanged for good and bad ones by SIGHUP, under load",
     "no write fails; the old one stays when the files are bad", "identity.rotations", (1, 6), (4, 50), 0),
)]
