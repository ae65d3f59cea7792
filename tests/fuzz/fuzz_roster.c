/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes as a roster note, as its text and as a card; a text that is taken is the canonical one. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "replication/roster.h"

static void again(const struct roster *r, struct bytes text)
{
	struct buf out = {0};

	roster_put_text(r, &out);
	CHECK(bytes_eq(buf_bytes(&out), BYTES(text.p, r->text_bytes)));
	CHECK(roster_check_successor(r, r, NULL) < 0);
	buf_fini(&out);
	roster_unref(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct roster *r;

	if (roster_parse(BYTES(data, size), &r, NULL) == 0)
		again(r, BYTES(data, size));
	if (roster_parse_text(BYTES(data, size), &r, NULL) == 0)
		again(r, BYTES(data, size));
	if (roster_parse_card(BYTES(data, size), "ims.example", &r, NULL) == 0)
		roster_unref(r);
	return 0;
}
