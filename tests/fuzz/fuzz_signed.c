/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: a text is signed as a note (and as a checkpoint cosigned), and verifies; with one byte
 * of it changed it never does, unless the line is no longer of this key. Input: where, what, the text.
 */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "note/note.h"

static struct note_signer signer, cosigner;

static void make_keys(void)
{
	static const uint8_t seed[SIGN_SEED_BYTES] = {7}, other[SIGN_SEED_BYTES] = {8};

	CHECK(note_signer_from_seed("ims.example/eu", NOTE_KEY_ED25519, seed, &signer) == 0);
	CHECK(note_signer_from_seed("ims.example/mx", NOTE_KEY_COSIGN_V1, other, &cosigner) == 0);
}

/* How the changed note differs: its text, or only lines. */
static void check_changed(struct bytes changed, struct bytes text, const struct note_vkey *key)
{
	struct note n;

	if (note_parse(changed, &n) == 0 && note_verify(&n, key, NULL) == 0)
		CHECK(bytes_eq(n.text, text));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf out = {0};
	struct bytes text;
	struct note n;
	uint64_t time_s;
	size_t at;

	if (size < 4)
		return 0;
	if (!signer.key)
		make_keys();
	text = BYTES(data + 3, size - 3);
	if (note_sign(text, &signer, &out) == 0) {
		CHECK(note_parse(buf_bytes(&out), &n) == 0 && bytes_eq(n.text, text));
		CHECK(note_verify(&n, &signer.vkey, NULL) == 0);
		CHECK(note_verify(&n, &cosigner.vkey, NULL) == IMS_E_NO_KEY);
		if (note_sign_line(text, &cosigner, data[2], &out) == 0) {
			CHECK(note_parse(buf_bytes(&out), &n) == 0);
			CHECK(note_verify(&n, &cosigner.vkey, &time_s) == 0 && time_s == data[2]);
		}
		at = ((size_t)data[0] << 8 | data[1]) % out.n;
		out.p[at] ^= data[2] ? data[2] : 1;
		check_changed(buf_bytes(&out), text, &signer.vkey);
		check_changed(buf_bytes(&out), text, &cosigner.vkey);
	}
	buf_fini(&out);
	return 0;
}
