/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A sink that keeps payloads in memory and answers ids as a region "xx" would, a collector of
 * problems, and the project's own reference lists.
 */
#ifndef TESTS_CLI_IMPORT_SINK_H
#define TESTS_CLI_IMPORT_SINK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/mem.h"
#include "cli/import.h"
#include "crypto/hash.h"
#include "registry/registry.h"
#include "wire/codec.h"

struct kept {
	char *kind;
	struct bytes payload;
};

struct keeper {
	struct kept *kept;
	size_t n, capacity;
	size_t answered; /* tickets below have ids */
	uint64_t refuse; /* this ticket gets none */
	char id[48];
	struct buf records;  /* ids that were put to, "-" for none, a space behind each */
	struct buf problems; /* "file:line: text\n" */
	size_t progress_calls;
	struct reference *ref;
	struct import_opts opts;
	struct import_sink sink;
	struct import_report report;
};

static int keeper_put(void *ctx, const char *kind, const char *record, struct bytes payload, uint64_t ticket)
{
	struct keeper *k = ctx;

	assert_int_equal(ticket, k->n);
	buf_printf(&k->records, "%s ", record ? record : "-");
	k->kept = mem_grow(k->kept, &k->capacity, k->n + 1, sizeof(*k->kept));
	k->kept[k->n++] = (struct kept){mem_strdup(kind), BYTES(mem_dup(payload.p, payload.n), payload.n)};
	return 0;
}

static int keeper_await(void *ctx)
{
	struct keeper *k = ctx;

	k->answered = k->n;
	return 0;
}

static struct bytes keeper_id(void *ctx, uint64_t ticket)
{
	struct keeper *k = ctx;

	assert_true(ticket < k->answered); /* nobody asks before the answers are there */
	if (ticket == k->refuse)
		return BYTES_NONE;
	snprintf(k->id, sizeof(k->id), "xx-o-%llu", (unsigned long long)ticket + 1);
	return bytes_of(k->id);
}

static void keeper_problem(void *ctx, const char *file, unsigned line, const char *text)
{
	struct keeper *k = ctx;
	const char *base = strrchr(file, '/');

	buf_printf(&k->problems, "%s:%u: %s\n", base ? base + 1 : file, line, text);
}

static void keeper_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
	struct keeper *k = ctx;

	assert_non_null(what);
	if (total)
		assert_true(done <= total);
	k->progress_calls++;
}

static const char *top_dir(void)
{
	const char *top = getenv("IMS_TOP");

	return top ? top : ".";
}

/* In place: the sink points at the keeper. */
static void keeper_init(struct keeper *k)
{
	char dir[512];
	struct errtext e = {""};

	*k = (struct keeper){.refuse = UINT64_MAX};
	buf_init(&k->problems, 0);
	snprintf(dir, sizeof(dir), "%s/config/reference", top_dir());
	if (reference_load(dir, &k->ref, &e))
		fail_msg("%s (IMS_TOP?)", e.text);
	k->opts = (struct import_opts){
		.ref = k->ref, .ctx = k, .problem = keeper_problem, .progress = keeper_progress};
	k->sink = (struct import_sink){k, keeper_put, keeper_await, keeper_id, NULL};
}

static void keeper_fini(struct keeper *k)
{
	for (size_t i = 0; i < k->n; i++) {
		free(k->kept[i].kind);
		free((void *)(uintptr_t)k->kept[i].payload.p);
	}
	free(k->kept);
	buf_fini(&k->records);
	buf_fini(&k->problems);
	reference_free(k->ref);
}

static inline size_t keeper_count(const struct keeper *k, const char *kind)
{
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++)
		n += strcmp(k->kept[i].kind, kind) == 0;
	return n;
}

/* Of all payloads in the order of their coming: equal imports have equal hashes. */
static inline struct hash keeper_hash(const struct keeper *k)
{
	struct crypto_hasher *h = crypto_hasher_new();
	struct hash ret;

	for (size_t i = 0; i < k->n; i++)
		crypto_hasher_add(h, k->kept[i].payload);
	crypto_hasher_finish(h, &ret);
	return ret;
}

/* ProtoJSON of the n-th record of a kind, one line; free() it. */
static inline char *keeper_json(const struct keeper *k, const char *kind, size_t nth)
{
	for (size_t i = 0; i < k->n; i++) {
		const struct kind *row = kind_by_name(bytes_of(kind));
		struct ProtobufCMessage *m;
		struct arena a;
		struct buf out;
		char *text;

		if (strcmp(k->kept[i].kind, kind) != 0 || nth--)
			continue;
		arena_init(&a, codec_budget(k->kept[i].payload.n));
		buf_init(&out, 0);
		assert_int_equal(codec_unpack(row->descriptor, k->kept[i].payload, &a, &m, NULL), 0);
		codec_json(m, 0, &out);
		text = mem_strdup(buf_text(&out));
		buf_fini(&out);
		arena_fini(&a);
		return text;
	}
	fail_msg("no such %s", kind);
	return NULL;
}

static inline void fixture(const char *name, char *out, size_t size)
{
	snprintf(out, size, "%s/tests/fixtures/import/%s", top_dir(), name);
}

#endif
