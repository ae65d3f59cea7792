/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/codec.h"

#include <protobuf-c/protobuf-c.h>

#include "wire/scan.h"

#define BUDGET_FACTOR 8
#define BUDGET_FLOOR (256 * 1024)

size_t codec_budget(size_t n_bytes)
{
	if (n_bytes > (SIZE_MAX - BUDGET_FLOOR) / BUDGET_FACTOR)
		return SIZE_MAX;
	return BUDGET_FACTOR * n_bytes + BUDGET_FLOOR;
}

static void *arena_take(void *arena, size_t n)
{
	return arena_alloc(arena, n);
}

static void arena_keep(void *arena, void *p)
{
	(void)arena;
	(void)p;
}

int codec_unpack(const ProtobufCMessageDescriptor *d, struct bytes b, struct arena *a, ProtobufCMessage **ret,
		 struct errtext *e)
{
	ProtobufCAllocator from_arena = {.alloc = arena_take, .free = arena_keep, .allocator_data = a};
	ProtobufCMessage *m;
	int r = scan_message(d, b, &scan_limits_default, e);

	if (r)
		return r;
	m = protobuf_c_message_unpack(d, &from_arena, b.n, b.p);
	if (!m && arena_failed(a))
		return errtext_set(e, arena_error(a), "%s of %zu bytes", d->short_name, b.n);
	if (!m)
		return errtext_set(e, IMS_E_SYNTAX, "%s", d->short_name);
	*ret = m;
	return 0;
}

void codec_pack(const ProtobufCMessage *m, struct buf *out)
{
	size_t n = protobuf_c_message_get_packed_size(m);
	uint8_t *p = n ? buf_reserve(out, n) : NULL;

	if (p)
		protobuf_c_message_pack(m, p);
}
