/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include "wire/msg.h"

#define LENGTH_BYTES 4

/* The largest cap of all types, without the type's byte. */
static size_t cap_of_all(void)
{
	size_t max = 0;

	for (unsigned type = 0; type <= UINT8_MAX; type++) {
		const struct msg_info *info = msg_info((uint8_t)type);

		if (info && info->max_bytes > max)
			max = info->max_bytes;
	}
	return max;
}

int frame_take(struct bytes input, struct frame *ret)
{
	const struct msg_info *info;
	size_t n;

	if (input.n < LENGTH_BYTES)
		return 0;
	n = be32_get(input.p);
	if (n == 0)
		return IMS_E_FRAME;
	n--;
	if (input.n < FRAME_HEADER_BYTES)
		return n > cap_of_all() ? IMS_E_FRAME : 0;
	info = msg_info(input.p[LENGTH_BYTES]);
	if (!info || n > info->max_bytes)
		return IMS_E_FRAME;
	if (input.n - FRAME_HEADER_BYTES < n)
		return 0;
	*ret = (struct frame){
		.type = info->id,
		.message = BYTES(input.p + FRAME_HEADER_BYTES, n),
		.total_bytes = FRAME_HEADER_BYTES + n,
	};
	return 1;
}

int frame_header(uint8_t type, size_t n_bytes, uint8_t out[FRAME_HEADER_BYTES])
{
	const struct msg_info *info = msg_info(type);

	if (!info)
		return IMS_E_FRAME;
	if (n_bytes > info->max_bytes)
		return IMS_E_LIMIT;
	be32_put(out, (uint32_t)n_bytes + 1);
	out[LENGTH_BYTES] = type;
	return 0;
}
