/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fuzz target over kept inputs, without libFuzzer: each argument is a file or a directory of
 * files. Prints "N inputs"; 1 if something could not be read.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/mem.h"
#include "fuzz/fuzz.h"

static unsigned n_inputs;

static int replay_file(const char *path, size_t size)
{
	uint8_t *data = malloc(size ? size : 1); /* exact, so that ASan sees a byte too many */
	FILE *f = fopen(path, "rb");
	int r = -1;

	if (data && f && fread(data, 1, size, f) == size) {
		(void)LLVMFuzzerTestOneInput(data, size);
		n_inputs++;
		r = 0;
	} else {
		perror(path);
	}
	if (f)
		fclose(f);
	free(data);
	return r;
}

static int replay(const char *path)
{
	struct dirent *entry;
	struct stat st;
	int r = 0;
	DIR *dir;

	if (stat(path, &st) == 0 && !S_ISDIR(st.st_mode))
		return replay_file(path, (size_t)st.st_size);
	dir = opendir(path);
	if (!dir) {
		perror(path);
		return -1;
	}
	while ((entry = readdir(dir))) {
		char *inner = mem_printf("%s/%s", path, entry->d_name);

		if (entry->d_name[0] != '.' && replay(inner))
			r = -1;
		free(inner);
	}
	closedir(dir);
	return r;
}

int main(int argc, char **argv)
{
	int r = 0;

	for (int i = 1; i < argc; i++)
		if (replay(argv[i]))
			r = 1;
	printf("%u inputs\n", n_inputs);
	return r;
}
