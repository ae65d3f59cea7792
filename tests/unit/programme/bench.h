/* SPDX-License-Identifier: Apache-2.0 */
/* A case that is written down entry by entry, of a federation of eu, mx, us, the irs and za, an Associate. */
#ifndef TESTS_UNIT_PROGRAMME_BENCH_H
#define TESTS_UNIT_PROGRAMME_BENCH_H

#include "programme/steps.h"

#include "base/mem.h"
#include "unit/registry/payload.h"

#define ENTRIES_MAX 32
#define DAY_MS (24 * 60 * 60 * INT64_C(1000))
#define DAY_0 INT64_C(1711929600000) /* 2024-04-01 */

static const struct case_region bench_regions[] = {{"eu", true, true},
						   {"irs", false, false},
						   {"mx", true, true},
						   {"us", true, true},
						   {"za", false, true}};
static const struct case_roster bench_roster = {1, bench_regions,
						sizeof(bench_regions) / sizeof(bench_regions[0])};

struct bench {
	struct arena arena;
	struct case_entry entries[ENTRIES_MAX];
	struct programme_case c;
	struct reference *ref;
	struct steps s;
};

static inline int bench_setup(void **state)
{
	struct bench *b = mem_new(struct bench);
	char *lists = mem_printf("%s/config/reference", top_dir());

	*b = (struct bench){
		.c = {.initiative = "eu-i-1", .home = "eu", .rosters = &bench_roster, .n_rosters = 1}};
	b->c.entries = b->entries;
	arena_init(&b->arena, 64u << 20);
	assert_int_equal(reference_load(lists, &b->ref, NULL), 0);
	free(lists);
	*state = b;
	return 0;
}

static inline int bench_teardown(void **state)
{
	struct bench *b = *state;

	reference_free(b->ref);
	arena_fini(&b->arena);
	free(b);
	return 0;
}

/* Entries are added in order of region and place. */
static inline struct case_entry *bench_add(struct bench *b, const char *region, const char *record,
					   const char *kind, const char *json)
{
	struct case_entry *e = &b->entries[b->c.n];
	struct buf payload = {0};
	struct ProtobufCMessage *m;

	payload_put(kind, json, &payload);
	*e = (struct case_entry){.record = record,
				 .kind = kind_by_name(bytes_of(kind)),
				 .region = region,
				 .origin = arena_printf(&b->arena, "ims.example/%s/1", region),
				 .incarnation = 1,
				 .index = b->c.n,
				 .revision = 1,
				 .roster_version = 1,
				 .time_ms = DAY_0,
				 .is_newest = true};
	assert_int_equal(codec_unpack(e->kind->descriptor, arena_dup(&b->arena, buf_bytes(&payload)),
				      &b->arena, &m, NULL),
			 0);
	e->m = m;
	buf_fini(&payload);
	b->c.n++;
	return e;
}

#endif
