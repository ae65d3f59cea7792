/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note.h"

#include <inttypes.h>

#include "base/text.h"

/* Take one non-empty line with its newline off the front; the newline is not in *ret_line. */
static bool take_line(struct bytes *rest, struct bytes *ret_line)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;

	if (!end || end == rest->p)
		return false;
	*ret_line = BYTES(rest->p, (size_t)(end - rest->p));
	*rest = BYTES(end + 1, rest->n - ret_line->n - 1);
	return true;
}

int checkpoint_parse(struct bytes note_text, struct checkpoint *ret)
{
	struct bytes rest = note_text, size, root, line;
	struct checkpoint c;
	size_t n;

	if (!take_line(&rest, &c.origin) || !take_line(&rest, &size) || !take_line(&rest, &root))
		return IMS_E_SYNTAX;
	if (!dec_get_u64(size, &c.size))
		return IMS_E_SYNTAX;
	if (!base64_get(root, c.root.b, sizeof(c.root.b), &n) || n != sizeof(c.root.b))
		return IMS_E_SYNTAX;
	c.extension = rest;
	while (rest.n)
		if (!take_line(&rest, &line))
			return IMS_E_SYNTAX;
	*ret = c;
	return 0;
}

void checkpoint_put(struct buf *out, struct bytes origin, uint64_t size, const struct hash *root)
{
	char root64[BASE64_BYTES(sizeof(root->b))];

	buf_put(out, origin);
	buf_printf(out, "\n%" PRIu64 "\n%s\n", size, base64_put(root64, bytes_of_hash(root)));
}
