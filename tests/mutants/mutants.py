# SPDX-License-Identifier: Apache-2.0
"""The mutants: one promise of the code is broken in one place, and a test must say so.

    name     of the mutant; --only chooses by it
    breaks   the promise that is broken
    source   file whose copy is changed
    old      text that stands there exactly once
    new      what stands there instead
    program  of the build folder, relinked with the changed object
    test     what is run: arguments of the program, or a Python test that takes the program's folder
             from IMS_BUILD
    says     what the failed test's output must match: it failed for this reason and no other
"""

from collections import namedtuple

Mutant = namedtuple("Mutant", "name breaks source old new program test says")

SIM = "--seeds 1..100"


def unit(program, name):
    """By a cmocka test of this name, which begins and does not end well (a failure may abort)."""
    says = r"\[ RUN      \] {0}\n(?!(?s:.*)\[       OK \] {0}\b)".format(name)
    return {"program": "unit/" + program, "test": "", "says": says}


def sim(says, seeds=SIM):
    return {"program": "sim", "test": seeds, "says": says}


def powerloss(says):
    return {"program": "powerloss", "test": "--seeds 1..1 --states 60", "says": says}


def system(test, says):
    return {"program": "imsd", "test": test, "says": says}


MUTANTS = [Mutant(**row) for row in (
    # ---- inv. 1, 2, 4: what a peer sends is verified
    dict(name="head-unsigned", breaks="inv. 4: a head counts with its log's signature",
         source="node/replication/heads.c",
         old="err = roster_verify_checkpoint(s->roster, h->note, &n, &c);", new="err = 0;",
         **unit("replication/test_heads", "a_head_that_another_signed_is_refused")),
    dict(name="checkpoint-any-key", breaks="inv. 4: a log's key signs its heads, no other does",
         source="node/replication/roster_verify.c",
         old="err = verify_by_log_keys(g, incarnation->number, &n, c.size);", new="err = 0;",
         **unit("replication/test_roster_verify", "heads_are_judged")),
    dict(name="unreached-head-untold", breaks="inv. 5: its origin is shown a head that was never reached here",
         source="node/replication/hello.c",
         old="	if (unreached)\n", new="	if (false)\n",
         **unit("replication/test_own", "test_a_head_never_reached_is_shown_to_its_origin")),
    dict(name="row-unchecked", breaks="what is shown of a record is what its entry says",
         source="node/view/record.c",
         old="en.revision == r->revision &&", new="",
         **unit("view/test_record", "test_a_changed_row_is_not")),
    dict(name="left-nodes-unseen", breaks="inv. 5: a proof's left nodes are what was verified before",
         source="node/replication/package.c",
         old="return err ? err : left_nodes_are_ours(edge, start, end, c->size, proof, n_proof);",
         new="return err;",
         **unit("replication/test_pull", "another_history_is_evidence")),
    dict(name="proof-unchecked", breaks="inv. 4: entries are in the tree that the head signs",
         source="node/replication/package.c",
         old="err = merkle_verify_subtree(start, end, c->size, &subtree, proof, n_proof, &c->root);",
         new="err = 0;",
         **unit("replication/test_pull", "a_changed_entry_is_refused")),
    dict(name="commitment-unchecked", breaks="inv. 4: a payload is the one that its entry commits to",
         source="node/replication/package.c",
         old="err = hash_eq(&h, &en.commitment) ? 0 : IMS_E_COMMITMENT;", new="err = 0;",
         **unit("replication/test_pull", "a_changed_payload_is_refused")),
    dict(name="append-anywhere", breaks="inv. 1: a log grows at its end",
         source="node/ledger/ledger.c",
         old="if (BUG(item->index != l->edge.size)) /* L1 */", new="if (false)",
         **unit("ledger/test_ledger", "test_index_is_size")),
    dict(name="index-twice", breaks="inv. 5: at one index there is one entry; another one is evidence",
         source="node/replication/heads.c",
         old="if (hash_eq(&mine, &c->root) || !is_sound_at", new="if (true || !is_sound_at",
         **unit("replication/test_heads", "a_head_off_the_stored_history_is_evidence")),
    dict(name="two-roots-unseen", breaks="inv. 5: of one size there is one root, also of what is not fetched yet",
         source="node/replication/heads.c",
         old="if (l->target.size == c->size && !hash_eq(&l->target.root, &c->root)) {", new="if (false) {",
         **unit("replication/test_heads", "two_heads_of_one_size_are_evidence")),

    dict(name="rot-unseen", breaks="L2: what is read is the leaf that was verified",
         source="node/ledger/read.c",
         old="return hash_eq(&leaf, &ret->leaf) ? 0 : IMS_E_LEAF;", new="return 0;",
         **unit("ledger/test_read", "test_entry")),
    dict(name="own-head-ahead-unseen", breaks="section 6: a peer that has more of our log is heard",
         source="node/replication/heads.c",
         old="if (c->size > l->stored || check_below(s, l, n, c)) {", new="if (false) {",
         **unit("replication/test_heads", "an_own_head_that_is_ahead_is_told")),

    dict(name="evidence-of-one-history", breaks="inv. 5: a log that has only grown is not accused",
         source="node/replication/evidence.c",
         old="if (hash_eq(&v.root, &v.smaller.root))", new="if (false)",
         **unit("replication/test_evidence", "one_history_is_no_evidence")),
    dict(name="evidence-untold", breaks="S2: evidence reaches those that saw one history only",
         source="node/replication/sync.c",
         old="\t\tconflict_tell(s, l);\n", new="",
         **unit("replication/test_conflict", "a_third_node_hears_of_two_sizes")),

    # ---- inv. 3: acknowledged means durable
    dict(name="ring-not-flushed", breaks="inv. 3: a group is on the disk when it is acknowledged",
         source="node/store/ring_io.c",
         old="return fdatasync(r->fd) == 0 ? 0 : IMS_E_IO;", new="return 0;",
         **unit("view/test_order", "test_put")),
    dict(name="daemon-not-flushed", breaks="inv. 3: the same, seen from outside a running node",
         source="node/store/ring_io.c",
         old="return fdatasync(r->fd) == 0 ? 0 : IMS_E_IO;", new="return 0;",
         **system("tests/system/test_s0001_order.py", "acknowledged before the flush")),
    dict(name="ring-not-flushed-power", breaks="inv. 3: the same, on the files that a loss of power leaves",
         source="node/store/ring_io.c",
         old="return fdatasync(r->fd) == 0 ? 0 : IMS_E_IO;", new="return 0;",
         **powerloss(r"state \d+:\d+, .* BAD\n(?:.*\n)*?(?:acknowledged entry \d+ is lost|is not ready: )")),
    dict(name="database-not-flushed", breaks="section 5: the database is flushed at its commit",
         source="node/store/store_lmdb.c",
         old="MDB_NOTLS | (s->read_only ? MDB_RDONLY : 0)",
         new="MDB_NOTLS | MDB_NOSYNC | (s->read_only ? MDB_RDONLY : 0)",
         **powerloss(r"state \d+:\d+.* BAD\n")),
    dict(name="aside-stays-aside", breaks="inv. 3: what was set aside is in the log again after a loss of power",
         source="node/view/recover.c",
         old="? again_append_all(c, &n) : 0;", new="? 0 : 0;",
         **powerloss(r"state \d+:\d+.* BAD\n(?:.*\n)*?acknowledged write of .* is lost")),
    dict(name="answer-before-flush", breaks="inv. 3: the answer comes after the flush, not before",
         source="node/view/commit.c",
         old="	*ret_told = false;\n",
         new="	*ret_told = false;\n	draft_tell(c);\n",
         **unit("view/test_order", "test_put")),
    dict(name="database-before-ring", breaks="C2: the database has no group that the ring has not",
         source="node/view/commit.c",
         old="	err = group_encode(c, g, &body);\n	if (!err)\n",
         new="	c->draft.group = NULL;\n"
             "	err = commit_database(c);\n"
             "	if (!err)\n"
             "		err = commit_ensure_txn(c);\n"
             "	if (!err)\n"
             "		err = group_encode(c, g, &body);\n"
             "	if (!err)\n",
         **unit("view/test_order", "test_ring_then_database")),
    dict(name="ring-chain-blind", breaks="R1: a record is of the chain when it names the one before it",
         source="node/store/ring_record.c",
         old=" &&\n	       rec->prev_crc == prev->crc && rec->prev_body_bytes == prev->body_bytes;", new=";",
         **unit("store/test_ring_posix", "a_record_follows_the_one_it_names")),
    dict(name="ring-torn", breaks="R1: a torn record is none",
         source="node/store/ring_record.c",
         old="return checksum(in, rec->body_bytes, salt) == rec->crc;", new="return true;",
         **unit("store/test_ring_posix", "a_torn_newest_record_is_not_a_record")),

    # ---- inv. 3, 5: signing
    dict(name="cosign-unstored", breaks="S5: a cosignature is given after the store has the head",
         source="node/view/apply.c",
         old="		return apply_package(c, &job->u.package);\n",
         new="		{\n"
             "			int err = apply_package(c, &job->u.package);\n"
             "			*ret_commit = false;\n"
             "			if (!err)\n"
             "				apply_after_commit(c, job);\n"
             "			return err;\n"
             "		}\n",
         **sim(r"inv\. 4 broken: .* has not stored it")),
    dict(name="cosign-unnamed", breaks="S5: only named heads are cosigned",
         source="node/view/apply.c",
         old="|| !p->named ||", new="||",
         **unit("view/test_head", "test_cosign")),
    dict(name="sign-before-hello", breaks="section 6: nothing is signed before a peer has shown its heads",
         source="node/view/head.c",
         old="if (!c->gate_open || commit_is_behind(c->state) || incarnation_is_over(c) || g->size == 0)",
         new="if (g->size == 0)",
         **unit("view/test_head", "test_gate")),

    # ---- inv. 7, 8: the view
    dict(name="fold-withdrawn", breaks="inv. 7: one node folds a withdrawal to another state",
         source="node/view/fold.c",
         old="next.state = RECORD_WITHDRAWN;", new="next.state = RECORD_ERASED;",
         **system("tests/mutants/odd_one.py", "eu and mx differ: digest")),
    dict(name="fold-withdrawn-unit", breaks="the same on all nodes",
         source="node/view/fold.c",
         old="next.state = RECORD_WITHDRAWN;", new="next.state = RECORD_ERASED;",
         **unit("view/test_fold", "test_withdraw_then_put")),
    dict(name="fold-any-home", breaks="inv. 8: an entry speaks for its own region's records",
         source="node/view/fold.c",
         old="if (!bytes_eq(rid->region, from.region))", new="if (false)",
         **unit("view/test_fold", "test_wrong_home")),

    dict(name="ids-as-they-come", breaks="inv. 7: a digest goes by the ids, not by the order of arrival",
         source="node/view/series.c",
         old="qsort(ret, n, sizeof(*ret), by_place);", new="",
         **unit("view/test_series", "test_walks_go_by_the_names")),
    dict(name="incarnations-as-they-come", breaks="inv. 7: a later incarnation is folded before the earlier one",
         source="node/view/incarnation.c",
         old="return incarnation_waits_for(c, log) ? 0 : log->kept_size;", new="return log->kept_size;",
         **unit("view/test_incarnation", "test_orders")),
    dict(name="orphans-count", breaks="section 6: nothing above the kept size is in the view",
         source="node/view/apply.c",
         old="if (!err && shrinks)", new="if (false)",
         **unit("view/test_incarnation", "test_orders")),
    dict(name="unseen-tail-stays", breaks="section 6: what was never signed makes room for what the roster kept",
         source="node/view/incarnation.c",
         old="if (err || kept || from == ledger_size(log))", new="if (err || !err)",
         **unit("view/test_incarnation_aside", "test_went_another_way_longer")),
    dict(name="retired-key-freezes", breaks="section 6: a retired key says nothing against a quorum",
         source="node/replication/conflict.c",
         old="return l->closed || (size <= l->quorum_size", new="return l->closed || (false && size <= l->quorum_size",
         **unit("replication/test_closed", "test_retired_key_freezes_nothing")),

    dict(name="replay-unchecked", breaks="section 6: a record that does not lead to its root is no replay",
         source="node/view/group.c",
         old="if (!rd_done(&r) || size != ledger_size(log) || !hash_eq(&root, &have))", new="if (false)",
         **unit("view/test_breach", "test_record_does_not_fit")),
    dict(name="live-before-the-flush", breaks="C3: a package counts as stored when the commit log is flushed",
         source="node/view/live.c",
         old="err = ring_append(c->o.ring, (struct bytes[]){buf_bytes(&body)}, 1, &c->ring_applied);",
         new="c->ring_applied = ring_last(c->o.ring) + 1;",
         **unit("view/test_order", "test_live_package")),
    dict(name="live-not-replayed", breaks="inv. 4: what was shown and cosigned is there after a kill",
         source="node/view/group.c",
         old="return live_replay(c, body);", new="return 0;",
         **unit("view/test_live", "a_kill_loses_no_package")),
    dict(name="live-upon-what-waits", breaks="V1: what a record follows upon is in the commit log or committed",
         source="node/view/live.c",
         old="(needs_commit(job) && job->type != COMMIT_PACKAGE)", new="false",
         **unit("view/test_live", "others_wait_for_the_database")),
    dict(name="live-replay-unchecked", breaks="section 6: a record that does not lead to its root is no replay",
         source="node/view/live.c",
         old="return hash_eq(&root, &p->ret_root) ? 0 : IMS_E_CORRUPT;", new="return 0;",
         **unit("view/test_live", "a_record_that_does_not_fit_is_another_history")),
    dict(name="live-while-rolled-back", breaks="section 6: a node that is behind writes nothing into its commit log",
         source="node/view/live.c",
         old="if (c->state != COMMIT_READY ||", new="if (",
         **unit("view/test_live", "who_is_rolled_back_waits_for_the_database")),
    dict(name="tail-gone-early", breaks="inv. 4: what is shown is served, also before the database has it",
         source="node/peer/tails.c",
         old="p->ring_seq <= ring_seq;", new="true;",
         **unit("peer/test_tails", "packages_are_found_until_their_record_is_committed")),
    dict(name="ring-behind-unseen", breaks="section 6: a commit log behind the database is an old one",
         source="node/view/start.c",
         old="if (ring_last(c->o.ring) < applied)", new="if (false)",
         **unit("view/test_breach", "test_ring_behind")),
    dict(name="ring-not-compared", breaks="section 6: at their common record, commit log and database are equal",
         source="node/view/start.c",
         old="(ring_read(c->o.ring, applied, &newest) || !group_ends_here(c, newest)))",
         new="ring_read(c->o.ring, applied, &newest))",
         **unit("view/test_breach", "test_ring_of_another_history")),
    dict(name="fold-not-transactional", breaks="inv. 7: an entry and what it does to the view are one change",
         source="node/view/group.c",
         old="err = quarantine_fold(c, log, &item, item.index < extent ? fold_entry : fold_orphan);",
         new="err = item.index < extent ? 0 : quarantine_fold(c, log, &item, fold_orphan);",
         **unit("view/test_commit", "test_crash_and_replay")),
    dict(name="kept-size-ignored", breaks="N1: of a closed log the entries count that the roster kept",
         source="node/view/incarnation.c",
         old="return incarnation_waits_for(c, log) ? 0 : log->kept_size;",
         new="return incarnation_waits_for(c, log) ? 0 : UINT64_MAX;",
         **unit("view/test_incarnation", "test_tail_of_the_first")),
    dict(name="quarantine-ignored", breaks="inv. 6: an entry that ended the process twice is not folded again",
         source="node/view/quarantine.c",
         old="if (err || crashes > POISON_CRASHES)",
         new="crashes = 0;\n\tif (err || crashes > POISON_CRASHES)",
         **unit("view/test_poison", "a_quarantined_entry_is_a_hole_and_the_log_flows_on")),
    dict(name="one-head-opens-the-gate", breaks="section 6: without an intact ring every peer has to be heard",
         source="node/view/apply.c",
         old="if (commit_is_behind(c->state) || (c->needs_all_heads && !all_shown))",
         new="if (commit_is_behind(c->state))",
         **unit("view/test_recover", "test_who_must_be_heard")),
    dict(name="set-aside-forgotten", breaks="section 6: what was set aside is appended again",
         source="node/view/recover.c",
         old="incarnation_waits_for(c, c->own) ? again_append_all(c, &n) : 0;",
         new="incarnation_waits_for(c, c->own) ? 0 : 0;",
         **unit("view/test_recover", "test_set_aside_and_appended_again")),
    dict(name="known-head-unseen", breaks="inv. 5: going on beside a head that is known is a second history",
         source="node/view/recover.c",
         old="err = check_whole(c, why);", new="err = 0;",
         **unit("view/test_recover", "test_override_half_way")),
    dict(name="copy-marker-unseen", breaks="section 6: what starts from a backup does not write",
         source="node/view/start.c",
         old="if (err != IMS_E_NOT_FOUND) { /* the original", new="if (false) { /* the original",
         **unit("view/test_breach", "test_restored_beside_its_ring")),
    dict(name="roster-by-half", breaks="R2: a roster is signed by a majority",
         source="node/replication/roster_check.c",
         old="if (2 * t.votes <= t.voters)", new="if (2 * t.votes < t.voters)",
         **unit("replication/test_roster_check", "steps_are_judged")),

    # ---- inv. 10, 11: who gets what, and how much
    dict(name="relay-ignores-audience", breaks="inv. 10: a payload leaves a node towards its audience only",
         source="node/peer/bridge_read.c",
         old="registry_names_region(payload, bytes_of(region), &a);", new="true;",
         **sim(r"inv\. 10 broken: .* sends ")),
    dict(name="timers-by-wall-clock", breaks="inv. 12: timers run by a clock that nobody moves",
         source="node/base/clock.c",
         old="clock_gettime(CLOCK_MONOTONIC, &ts);", new="clock_gettime(CLOCK_REALTIME, &ts);",
         **unit("base/test_clock", "a_moved_wall_clock_moves_no_timer")),
    dict(name="one-liar-stops-writes", breaks="inv. 12: a minority of regions cannot call a node a copy",
         source="node/peer/clone.c",
         old="return 2 * count > n->roster->n_regions;", new="return count > 0;",
         **unit("peer/test_sessions", "a_minority_makes_no_copy")),
    dict(name="lost-message-unseen", breaks="inv. 11: who takes nothing of what waits for it is closed",
         source="node/peer/session.c",
         old="\t\ts->overflown = true;", new="\t\ts->overflown = false;",
         **unit("peer/test_sessions", "who_takes_nothing_is_closed")),
    dict(name="quota-ignored", breaks="inv. 11: a log that grows beyond its quota is fetched later",
         source="node/replication/quota.c",
         old="\tbucket_take(&l->quota.entries, (int64_t)n_entries);\n", new="",
         **unit("replication/test_quota", "a_flood_is_fetched_at_the_rate_of_its_quota")),
    dict(name="disk-quota-ignored", breaks="inv. 11: a log fills its share of the disk and no more",
         source="node/replication/quota.c",
         old="if (s->o.quota.disk_bytes && l->quota.disk_bytes >= s->o.quota.disk_bytes)", new="if (false)",
         **unit("replication/test_quota", "a_full_share_of_the_disk_stops_that_log_only")),
    dict(name="turn-without-slice", breaks="inv. 12: the writer takes origins in turn, a slice of each",
         source="node/peer/turns.c",
         old="\t\t\ttaken += spend_credit(t, q, t->slice - taken, to);\n",
         new="\t\t\tspend_credit(t, q, t->slice - taken, to);\n",
         **unit("peer/test_turns", "a_flooding_origin_delays_others_by_a_slice_only")),
    dict(name="session-tickets", breaks="section 4: no session is resumed, certificates are looked at each time",
         source="node/net/tls_openssl.c",
         old="SSL_CTX_set_num_tickets(ctx, 0) == 1", new="SSL_CTX_set_num_tickets(ctx, 2) == 1",
         **unit("net/test_tls_openssl", "sessions_cannot_be_resumed")),
    dict(name="output-without-cap", breaks="inv. 11: what waits for a slow peer has a limit",
         source="node/net/conn_io_libevent.c",
         old="if (waiting + total > c->limits.output_max_bytes)", new="if (false)",
         **unit("net/test_conn_openssl", "sending_has_a_high_mark_and_a_hard_cap")),
    dict(name="frame-without-cap", breaks="inv. 11: a message's length is judged before memory is spent on it",
         source="node/wire/frame.c",
         old="if (!info || n > info->max_bytes)", new="if (!info)",
         **unit("wire/test_frame", "test_header_is_judged_alone")),
    dict(name="key-not-pinned", breaks="section 4: a certificate's key is one of the roster's pins",
         source="node/replication/roster_find.c",
         old="if (hash_eq(&g->tls_pins[i], spki))", new="if (spki)",
         **unit("replication/test_roster_find", "identities")),
)]
