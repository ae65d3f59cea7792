/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables of CORDIS, two files parted by a line "%%": whatever they say, what is put is a payload that
 * the kind's rules take, organisations first, and the report counts it.
 */
#include <string.h>

#include "base/arena.h"
#include "cli/import.h"
#include "fuzz/file_memory.h"
#include "fuzz/fuzz.h"
#include "registry/registry.h"
#include "wire/codec.h"

#define PARTING "%%\n"

static struct reference *lists;

struct sunk {
	size_t organisations, initiatives;
	char id[32];
};

static int put(void *ctx, const char *kind, const char *record, struct bytes payload, uint64_t ticket)
{
	struct sunk *s = ctx;
	struct buf problems = {0};
	struct arena a;

	CHECK(!record && ticket == s->organisations + s->initiatives);
	arena_init(&a, 4 * codec_budget(payload.n));
	CHECK(registry_check(kind_by_name(bytes_of(kind)), payload, &a, &problems) == 0);
	arena_fini(&a);
	buf_fini(&problems);
	if (strcmp(kind, "organisation") == 0) {
		CHECK(s->initiatives == 0);
		s->organisations++;
	} else {
		s->initiatives++;
	}
	return 0;
}

static int await(void *ctx)
{
	(void)ctx;
	return 0;
}

static struct bytes id(void *ctx, uint64_t ticket)
{
	struct sunk *s = ctx;

	snprintf(s->id, sizeof(s->id), "xx-o-%llu", (unsigned long long)ticket + 1);
	return bytes_of(s->id);
}

static void problem(void *ctx, const char *file, unsigned line, const char *text)
{
	(void)line;
	CHECK(ctx && file && *text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct memory_file first, second;
	struct sunk s = {0};
	struct import_opts o = {.ctx = &s, .problem = problem};
	struct import_sink sink = {&s, put, await, id, NULL};
	struct import_report r = {0};
	const uint8_t *parting = memmem(data, size, PARTING, strlen(PARTING));
	size_t n = parting ? (size_t)(parting - data) : size, skip = parting ? n + strlen(PARTING) : size;
	const char *files[2];
	struct errtext e;

	if (!lists)
		CHECK(reference_load("config/reference", &lists, &e) == 0);
	o.ref = lists;
	files[0] = memory_file_hold(&first, BYTES(data, n));
	files[1] = memory_file_hold(&second, BYTES(data + skip, size - skip));
	if (import_cordis(&o, files, parting ? 2 : 1, &sink, &r) == 0)
		CHECK(r.organisations == s.organisations && r.initiatives == s.initiatives);
	return 0;
}
