/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/record_show.h"

#include "pb/ctl.pb-c.h"

#include "wire/codec.h"
#include "wire/entry.h"
#include "wire/span_pb.h"

int record_show(struct ctl_call *call, struct past *p, struct bytes id, const struct record *r,
		Ims__Ctl__Record *ret)
{
	struct arena *a = &call->arena;
	struct ledger_item item;
	struct entry en;
	struct past_log *log;
	int err = past_log_of(p, r->slot, &log);

	if (err)
		return errtext_set(&call->why, err, "entry %llu of a log that is not here",
				   (unsigned long long)r->index);
	err = ledger_read_item(&log->reader, r->index, a, &item);
	if (!err)
		err = record_entry(r, id, &item, a, &en);
	if (err)
		return errtext_set(&call->why, err, "entry %llu of %s", (unsigned long long)r->index,
				   log->origin);
	*ret = CTL_NEW(Record, record);
	ret->id = arena_text(a, id);
	ret->kind = arena_text(a, bytes_of(r->kind));
	ret->revision = r->revision;
	ret->origin = ctl_lend(log->origin);
	ret->index = r->index;
	ret->state = ctl_lend(record_state_name(r->state));
	ret->audience = ctl_lend(record_audience_name(r->audience));
	ret->operation = ctl_lend(record_operation_name(r->operation));
	ret->time_ms = en.time_ms;
	ret->leaf = PB_DATA(arena_dup(a, bytes_of_hash(&item.leaf)));
	if (item.payload_state == LEDGER_PAYLOAD_HERE)
		ret->payload = PB_DATA(item.payload);
	if (r->reason)
		ret->reason = ctl_lend(ims_strerror(r->reason));
	else if (r->state == RECORD_WANTED)
		ret->reason = ctl_lend("its payload has not come yet");
	else if (r->state == RECORD_SEALED && item.payload_state == LEDGER_PAYLOAD_NOT_FOR_ME)
		ret->reason = ctl_lend("its payload is for other regions");
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

/* State of a revision that an entry made, whatever came after. */
static const char *revision_state(const struct entry *en, const struct ledger_item *item)
{
	if (en->audience == ENTRY_NAMED)
		return record_state_name(RECORD_SEALED);
	if (en->operation == ENTRY_WITHDRAW)
		return record_state_name(RECORD_WITHDRAWN);
	if (item->payload_state == LEDGER_PAYLOAD_ERASED)
		return record_state_name(RECORD_ERASED);
	if (item->payload_state != LEDGER_PAYLOAD_HERE)
		return record_state_name(RECORD_WANTED);
	return record_state_name(kind_by_name(en->kind) ? RECORD_LIVE : RECORD_UNKNOWN_KIND);
}

static int make_revision(struct ctl_call *call, const struct ledger_item *item, const struct revision_wish *w,
			 Ims__Ctl__Record *ret)
{
	struct arena *a = &call->arena;
	struct entry en;
	int err = entry_decode(item->entry, a, &en, NULL);

	if (err)
		return err;
	*ret = CTL_NEW(Record, record);
	ret->revision = en.revision;
	if (w->revision && w->revision != en.revision)
		return IMS_E_NOT_FOUND;
	ret->id = arena_text(a, en.record);
	ret->kind = arena_text(a, en.kind);
	ret->origin = arena_text(a, en.origin);
	ret->index = item->index;
	ret->state = ctl_lend(revision_state(&en, item));
	ret->audience = ctl_lend(record_audience_name(en.audience));
	ret->operation = ctl_lend(record_operation_name(en.operation));
	ret->time_ms = en.time_ms;
	ret->leaf = PB_DATA(arena_dup(a, bytes_of_hash(&item->leaf)));
	if (item->payload_state == LEDGER_PAYLOAD_HERE && item->payload.n <= w->room)
		ret->payload = PB_DATA(arena_dup(a, item->payload));
	return arena_failed(a) ? IMS_E_NOMEM : 0;
}

int record_show_revision(struct ctl_call *call, struct past *p, uint32_t slot, uint64_t index,
			 const struct revision_wish *w, Ims__Ctl__Record *ret)
{
	struct ledger_item item;
	struct arena unpacked;
	struct past_log *log;
	int err = past_log_of(p, slot, &log);

	arena_init(&unpacked, LEDGER_ITEM_BYTES);
	if (!err)
		err = ledger_read_item(&log->reader, index, &unpacked, &item);
	if (!err)
		err = make_revision(call, &item, w, ret);
	arena_fini(&unpacked);
	if (err && err != IMS_E_NOT_FOUND)
		return errtext_set(&call->why, err, "entry %llu", (unsigned long long)index);
	return err;
}
