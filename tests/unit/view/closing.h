/* SPDX-License-Identifier: Apache-2.0 */
/* A roster that closes an incarnation and opens the next, and the node that goes on in it. */
#ifndef TESTS_UNIT_VIEW_CLOSING_H
#define TESTS_UNIT_VIEW_CLOSING_H

#include "unit/view/fixture.h"

#define EU2 "ims.example/eu/2"

/* Version 2: incarnation 1 of the region is closed at a size and root; the second is open, or none. */
static inline struct commit_job *closing_job(struct node *n, const char *code, uint64_t size,
				      const struct hash *root, bool opens)
{
	struct commit_job *j = commit_job_new(COMMIT_ROSTER);
	struct buf text = {0};
	char hex[HEX_HASH_BYTES], root_hex[HEX_HASH_BYTES];
	char *key = mem_printf("log-key 1 {%s/l1a} 0 -\n", code);
	char *open = mem_printf("incarnation 1 open\n%s", key);
	char *closed = mem_printf("incarnation 1 closed %" PRIu64 " %s\n%s%s", size, hex_hash(root, root_hex),
				  opens ? "incarnation 2 open\n" : "", key);
	char *second = mem_printf("log-key 2 {%s/l2a} 0 -\n", code);
	char *all = opens ? mem_printf("%s%s", closed, second) : mem_strdup(closed);
	char *signers = mem_printf("eu/da mx/da us/da%s%s%s", opens ? " " : "", opens ? code : "",
				   opens ? "/l2a" : "");
	char *version_2;

	hex_hash(&n->roster->hash, hex);
	version_2 = world_edit(
		FIXTURE_ROSTER,
		(struct world_edit[]){{"version 1", "version 2"}, {WORLD_ZEROS, hex}, {open, all}}, 3);
	world_expand(&text, version_2);
	world_sign(&j->u.roster, buf_bytes(&text), signers);
	buf_fini(&text);
	free(version_2);
	free(signers);
	free(all);
	free(second);
	free(closed);
	free(open);
	free(key);
	return j;
}

static inline void go_on_in_second(struct node *n)
{
	n->origin = EU2;
	note_signer_fini(&n->log_signer);
	n->log_signer = world_signer(bytes_of("eu/l2a"), false);
	assert_int_equal(node_start(n), 0);
}

#endif
