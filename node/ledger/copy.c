/* SPDX-License-Identifier: Apache-2.0 */
/* The copy marker as it stands in META: time, instance, origin, size, root. */
#include "ledger/copy_int.h"

#include "ledger/meta.h"

int copy_marker_get(struct store_txn *t, struct copy_marker *ret)
{
	struct copy_marker m = {.size = 0};
	struct bytes v, instance, origin;
	struct rd r;
	int err = meta_get(t, META_COPY, &v);

	if (err)
		return err;
	r = rd_of(v);
	m.time.ms = (int64_t)rd_u64(&r);
	instance = rd_take(&r, sizeof(m.instance));
	origin = rd_span(&r);
	m.size = rd_u64(&r);
	m.root = rd_hash(&r);
	if (!rd_done(&r) || origin.n > COPY_ORIGIN_MAX_BYTES)
		return IMS_E_CORRUPT;
	memcpy(m.instance, instance.p, sizeof(m.instance));
	memcpy(m.origin, origin.p, origin.n);
	*ret = m;
	return 0;
}

int copy_marker_put(struct store_txn *t, const struct copy_marker *m)
{
	struct buf b = {0};
	int err;

	buf_put_u64(&b, (uint64_t)m->time.ms);
	buf_put(&b, BYTES(m->instance, sizeof(m->instance)));
	buf_put_span(&b, bytes_of(m->origin));
	buf_put_u64(&b, m->size);
	buf_put(&b, bytes_of_hash(&m->root));
	err = b.failed ? IMS_E_NOMEM : meta_put(t, META_COPY, buf_bytes(&b));
	buf_fini(&b);
	return err;
}
