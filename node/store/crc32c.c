/* SPDX-License-Identifier: Apache-2.0 */
#include "store/crc32c.h"

/* The remainder of each four-bit value under the reflected polynomial 0x82f63b78: small enough
 * to stand here, and two look-ups a byte suffice for machines without the instruction. */
static const uint32_t nibble[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_portable(uint32_t crc, struct bytes b)
{
	crc = ~crc;
	for (size_t i = 0; i < b.n; i++) {
		crc ^= b.p[i];
		crc = crc >> 4 ^ nibble[crc & 15];
		crc = crc >> 4 ^ nibble[crc & 15];
	}
	return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t crc32c_sse42(uint32_t crc, struct bytes b)
{
	uint64_t c = ~crc;

	for (; b.n >= 8; b.p += 8, b.n -= 8) {
		uint64_t v;

		memcpy(&v, b.p, sizeof(v));
		c = __builtin_ia32_crc32di(c, v);
	}
	for (; b.n > 0; b.p++, b.n--)
		c = __builtin_ia32_crc32qi((uint32_t)c, *b.p);
	return ~(uint32_t)c;
}
#endif

uint32_t crc32c(uint32_t crc, struct bytes b)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("sse4.2"))
		return crc32c_sse42(crc, b);
#endif
	return crc32c_portable(crc, b);
}
