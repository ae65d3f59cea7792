/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note_int.h"

#include <inttypes.h>

#include "base/text.h"

void note_cosign_message_put(struct buf *out, uint64_t time_s, struct bytes text)
{
	buf_printf(out, "cosignature/v1\ntime %" PRIu64 "\n", time_s);
	buf_put(out, text);
}

/* A cosignature says something about a log, so it is never put under anything but a checkpoint. */
static int text_check(struct bytes text, const struct note_signer *s)
{
	struct checkpoint c;

	if (!note_text_is_well_formed(text))
		return IMS_E_UTF8;
	if (text.n == 0 || text.p[text.n - 1] != '\n')
		return IMS_E_SYNTAX;
	return s->vkey.type == NOTE_KEY_COSIGN_V1 ? checkpoint_parse(text, &c) : 0;
}

static int cosign(struct bytes text, const struct sign_key *key, uint64_t time_s, uint8_t out[SIGN_BYTES])
{
	struct buf message = {0};
	int err;

	note_cosign_message_put(&message, time_s, text);
	err = message.failed ? IMS_E_NOMEM : sign_bytes(key, buf_bytes(&message), out);
	buf_fini(&message);
	return err;
}

int note_sign_line(struct bytes text, const struct note_signer *s, uint64_t time_s, struct buf *out)
{
	bool timed = s->vkey.type == NOTE_KEY_COSIGN_V1;
	uint8_t blob[NOTE_BLOB_MAX_BYTES];
	char blob64[BASE64_BYTES(sizeof(blob))];
	size_t n = NOTE_KEY_ID_BYTES;
	int err = text_check(text, s);

	if (err)
		return err;
	if (timed && time_s > INT64_MAX)
		return IMS_E_RANGE;
	be32_put(blob, s->vkey.id);
	if (timed) {
		be64_put(blob + n, time_s);
		n += NOTE_TIME_BYTES;
	}
	err = timed ? cosign(text, s->key, time_s, blob + n) : sign_bytes(s->key, text, blob + n);
	if (err)
		return err;
	n += SIGN_BYTES;
	buf_printf(out, "\u2014 %s %s\n", s->vkey.name, base64_put(blob64, BYTES(blob, n)));
	return out->failed ? IMS_E_NOMEM : 0;
}

int note_sign(struct bytes text, const struct note_signer *s, struct buf *out)
{
	size_t before = out->n;
	int err;

	if (s->vkey.type == NOTE_KEY_COSIGN_V1)
		return IMS_E_USAGE;
	buf_put(out, text);
	buf_put_u8(out, '\n');
	err = note_sign_line(text, s, 0, out);
	if (err)
		out->n = before;
	return err;
}
