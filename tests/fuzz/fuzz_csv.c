/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as importers and reference lists read them; the first byte picks the delimiter. */
#include "base/check.h"
#include "fuzz/fuzz.h"
#include "registry/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct csv c;

	if (!size)
		return 0;
	csv_init(&c, BYTES(data + 1, size - 1), data[0] & 1 ? ';' : ',');
	if (csv_header(&c))
		while (csv_next(&c))
			for (size_t i = 0; i <= c.n; i++)
				CHECK(csv_field(&c, i).n <= size);
	csv_fini(&c);
	return 0;
}
