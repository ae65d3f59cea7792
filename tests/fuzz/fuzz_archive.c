/* SPDX-License-Identifier: Apache-2.0 */
/* An archive to import from: members within the bound, names that begin with the file's. */
#include <string.h>

#include "cli/archive.h"
#include "fuzz/file_memory.h"
#include "fuzz/fuzz.h"

#define MEMBER_MAX_BYTES 65536

static struct memory_file file;

static int member(void *ctx, const char *name, bool from_archive, struct bytes data)
{
	unsigned char sum = 0;

	(void)ctx;
	CHECK(data.n <= MEMBER_MAX_BYTES && strncmp(name, file.path, strlen(file.path)) == 0);
	CHECK((name[strlen(file.path)] == ':') == from_archive);
	for (size_t i = 0; i < data.n; i++) /* all of it can be read */
		sum ^= data.p[i];
	return sum == 0xff ? IMS_E_LIMIT : 0; /* an error ends the walk */
}

static void skipped(void *ctx, const char *name, const char *why)
{
	(void)ctx;
	CHECK(name && why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct archive_walk walk = {
		.max_member_bytes = MEMBER_MAX_BYTES, .member = member, .skipped = skipped};
	const char *path = memory_file_hold(&file, BYTES(data, size));
	struct errtext e = {""};
	int err = archive_walk(path, &walk, &e);

	CHECK(err == 0 || err == IMS_E_SYNTAX || err == IMS_E_LIMIT || err == IMS_E_IO);
	return 0;
}
