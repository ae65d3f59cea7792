/* SPDX-License-Identifier: Apache-2.0 */
/* Payloads written as JSON, and what the checks say about them. */
#ifndef TESTS_REGISTRY_PAYLOAD_H
#define TESTS_REGISTRY_PAYLOAD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "registry/registry.h"
#include "wire/codec.h"

#define PAYLOAD_ARENA_BYTES ((size_t)16 << 20)

/* Append the packed message; the JSON may use ' for ". */
static void payload_put(const char *kind, const char *json, struct buf *out)
{
	const struct kind *k = kind_by_name(bytes_of(kind));
	struct ProtobufCMessage *m;
	struct errtext e = {""};
	struct buf problems;
	struct arena a;
	char *text;

	assert_non_null(k);
	arena_init(&a, PAYLOAD_ARENA_BYTES);
	buf_init(&problems, 0);
	text = arena_text(&a, bytes_of(json));
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	if (codec_from_json(k->descriptor, bytes_of(text), &a, &m, &problems, &e))
		fail_msg("%s%s", e.text, buf_text(&problems));
	codec_pack(m, out);
	assert_false(out->failed);
	buf_fini(&problems);
	arena_fini(&a);
}

/* Check (or, with lists, admit) a payload: its error, and the problems as they were written. */
static inline int payload_check(const char *kind, struct bytes payload, const struct reference *ref,
				struct buf *problems)
{
	const struct kind *k = kind_by_name(bytes_of(kind));
	struct arena a;
	int err;

	arena_init(&a, codec_budget(payload.n));
	err = ref ? registry_admit(k, payload, ref, &a, problems) : registry_check(k, payload, &a, problems);
	arena_fini(&a);
	return err;
}

static inline void expect(const char *kind, const char *json, const struct reference *ref,
			  const char *problems)
{
	struct buf payload, said;
	int err;

	buf_init(&payload, 0);
	buf_init(&said, 0);
	payload_put(kind, json, &payload);
	err = payload_check(kind, buf_bytes(&payload), ref, &said);
	assert_string_equal(buf_text(&said), problems);
	assert_int_equal(err, problems[0] ? IMS_E_INVALID : 0);
	buf_fini(&said);
	buf_fini(&payload);
}

static inline const char *top_dir(void)
{
	const char *top = getenv("IMS_TOP");

	return top ? top : ".";
}

#endif
