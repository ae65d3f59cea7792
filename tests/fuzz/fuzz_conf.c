/* SPDX-License-Identifier: Apache-2.0 */
/* imsd.conf: what is read prints to a file that reads and prints the same. */
#include "base/check.h"
#include "conf/conf.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf first = {0}, second = {0};
	struct conf *c, *again;
	struct errtext why;

	if (conf_parse(BYTES(data, size), "fuzz.conf", "/etc/imsd", &c, &why))
		return 0;
	conf_print(c, &first);
	CHECK(conf_parse(buf_bytes(&first), "again.conf", "/etc/imsd", &again, &why) == 0);
	conf_print(again, &second);
	CHECK(bytes_eq(buf_bytes(&first), buf_bytes(&second)));
	buf_fini(&first);
	buf_fini(&second);
	conf_free(c);
	conf_free(again);
	return 0;
}
