/* SPDX-License-Identifier: Apache-2.0 */
/* A signed note, the checkpoint in its text, and the same bytes as a verifier key. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "note/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[NOTE_VKEY_BYTES];
	struct checkpoint c;
	struct note_vkey k, again;
	struct note n;

	if (note_parse(BYTES(data, size), &n) == 0) {
		CHECK(n.text.n <= size && n.n_sigs <= NOTE_SIGNATURES_MAX);
		if (checkpoint_parse(n.text, &c) == 0)
			CHECK(c.origin.n <= n.text.n && c.extension.n <= n.text.n);
	}
	if (checkpoint_parse(BYTES(data, size), &c) == 0)
		CHECK(c.origin.n <= size && c.extension.n <= size);
	if (note_vkey_parse(BYTES(data, size), &k) == 0)
		CHECK(note_vkey_parse(bytes_of(note_vkey_text(&k, text)), &again) == 0 &&
		      note_vkey_eq(&k, &again));
	return 0;
}
