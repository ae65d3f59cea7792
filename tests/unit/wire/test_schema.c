/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The schema keeps the rules that scan.h and the JSON of codec.h rely on: for every message that
 * a frame, a leaf, a payload or a verb can carry, and all that they hold.
 */
#include "wire/scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/log.pb-c.h"
#include "pb/peer.pb-c.h"
#include "pb/registry.pb-c.h"

static const ProtobufCMessageDescriptor *const roots[] = {
#define MSG(NAME, name, id, Message, message, max_bytes, who, when, help) &ims__peer__##message##__descriptor,
#include "messages.def"
#undef MSG
#define KIND(name, letter, Message, message, ...) &ims__registry__##message##__descriptor,
#include "kinds.def"
#undef KIND
#define VERB(NAME, name, id, Request, request, Reply, reply, roles, help)                                    \
	&ims__ctl__##request##__descriptor, &ims__ctl__##reply##__descriptor,
#include "verbs.def"
#undef VERB
	&ims__log__entry__descriptor,
	&ims__log__journal_row__descriptor,
};

static void check_field(const ProtobufCMessageDescriptor *d, const ProtobufCFieldDescriptor *f)
{
	bool repeated = f->label == PROTOBUF_C_LABEL_REPEATED;

	if (!repeated && f->label != PROTOBUF_C_LABEL_NONE)
		fail_msg("%s.%s: neither plain nor repeated", d->name, f->name);
	if (f->flags & PROTOBUF_C_FIELD_FLAG_ONEOF)
		fail_msg("%s.%s: oneof", d->name, f->name);
	/* scores, in what a node answers its own people: nothing that is hashed, or that nodes have to agree on */
	if (f->type == PROTOBUF_C_TYPE_FLOAT ||
	    (f->type == PROTOBUF_C_TYPE_DOUBLE && strcmp(d->package_name, "ims.ctl") != 0))
		fail_msg("%s.%s: floating point", d->name, f->name);
	/* a list of numbers that is not packed costs 32 bytes of memory a number */
	if (repeated && f->type < PROTOBUF_C_TYPE_STRING && !(f->flags & PROTOBUF_C_FIELD_FLAG_PACKED))
		fail_msg("%s.%s: not packed", d->name, f->name);
}

static void check_message(const ProtobufCMessageDescriptor *d, unsigned depth)
{
	if (depth > scan_limits_default.max_depth)
		fail_msg("%s: nested too deeply, or in itself", d->name);
	if (d->n_fields > SCAN_FIELDS_MAX)
		fail_msg("%s: %u fields", d->name, d->n_fields);
	for (unsigned i = 0; i < d->n_fields; i++) {
		check_field(d, &d->fields[i]);
		if (d->fields[i].type == PROTOBUF_C_TYPE_MESSAGE)
			check_message(d->fields[i].descriptor, depth + 1);
	}
}

static void test_every_message(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++)
		check_message(roots[i], 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_message)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
