/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only keys of the roster can make, from a stranger: a version of the roster, a head, evidence.
 * The rosters are those of tests/vectors, whose keys nobody here has: nothing new ever verifies.
 */
#include "base/check.h"
#include "base/file.h"
#include "fuzz/fuzz.h"
#include "replication/evidence.h"
#include "replication/roster.h"

static struct roster *v1, *v2;

static void load(const char *path, struct roster **ret)
{
	struct errtext e = {""};
	struct buf note = {0};

	CHECK(file_load(path, NOTE_MAX_BYTES, &note, &e) == 0);
	CHECK(roster_parse(buf_bytes(&note), ret, &e) == 0);
	buf_fini(&note);
}

static void found(void *ctx, const struct roster_region *by, uint64_t time_s, struct bytes line)
{
	(void)ctx;
	(void)by;
	(void)time_s;
	(void)line;
	CHECK(!"a cosignature that nobody made");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct evidence_verdict v;
	struct buf nodes = {0};
	struct checkpoint c;
	struct errtext why;
	struct evidence e;
	struct roster *r;
	struct note n;

	if (!v1) {
		load("tests/vectors/roster/v1.note", &v1);
		load("tests/vectors/roster/v2.note", &v2);
	}
	if (roster_parse(BYTES(data, size), &r, NULL) == 0) {
		CHECK(roster_check_successor(v1, r, &why) || hash_eq(&r->hash, &v2->hash));
		CHECK(roster_check_successor(v2, r, &why));
		roster_unref(r);
	}
	CHECK(roster_verify_checkpoint(v1, BYTES(data, size), &n, &c));
	if (note_parse(BYTES(data, size), &n) == 0 && checkpoint_parse(n.text, &c) == 0)
		CHECK(roster_verify_cosignatures(v2, &n, &c, found, NULL) == 0);
	if (evidence_parse(BYTES(data, size), &nodes, &e, &why) == 0)
		CHECK(evidence_verify(&e, v1, &v, &why));
	buf_fini(&nodes);
	return 0;
}
