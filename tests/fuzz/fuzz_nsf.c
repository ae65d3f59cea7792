/* SPDX-License-Identifier: Apache-2.0 */
/* An award's XML file. */
#include "cli/nsf_xml.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct nsf_award award;
	struct errtext why;
	struct arena a;

	arena_init(&a, 4u << 20);
	if (nsf_xml_parse(BYTES(data, size), &a, &award, &why) == 0 && award.title.n > size)
		__builtin_trap();
	arena_fini(&a);
	return 0;
}
