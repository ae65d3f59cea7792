/* SPDX-License-Identifier: Apache-2.0 */
#include "note/note_int.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/save.h"
#include "crypto/random.h"

#define MARK "PRIVATE+KEY+"
#define FILE_MAX_BYTES (sizeof(MARK) + NOTE_VKEY_BYTES + 1)

int note_signer_from_seed(const char *name, enum note_key_type type, const uint8_t seed[SIGN_SEED_BYTES],
			  struct note_signer *ret)
{
	struct note_signer s = {.vkey.type = (uint8_t)type};
	struct bytes n = bytes_of(name);
	int err;

	if (type != NOTE_KEY_ED25519 && type != NOTE_KEY_COSIGN_V1)
		return IMS_E_UNSUPPORTED;
	if (!note_name_is_valid(n))
		return IMS_E_INVALID;
	err = sign_key_from_seed(seed, &s.key);
	if (err)
		return err;
	memcpy(s.vkey.name, n.p, n.n);
	sign_key_public(s.key, s.vkey.public_key);
	s.vkey.id = note_key_id(n, s.vkey.type, s.vkey.public_key);
	*ret = s;
	return 0;
}

int note_signer_generate(const char *name, enum note_key_type type, struct note_signer *ret)
{
	uint8_t seed[SIGN_SEED_BYTES];
	int err;

	crypto_random(seed, sizeof(seed));
	err = note_signer_from_seed(name, type, seed, ret);
	explicit_bzero(seed, sizeof(seed));
	return err;
}

void note_signer_fini(struct note_signer *s)
{
	sign_key_free(s->key);
	*s = (struct note_signer){.key = NULL};
}

int note_signer_parse(struct bytes text, struct note_signer *ret)
{
	struct bytes mark = BYTES_LIT(MARK);
	uint8_t seed[SIGN_SEED_BYTES];
	struct note_signer s;
	struct note_vkey k;
	int err;

	if (!bytes_has_prefix(text, mark))
		return IMS_E_SYNTAX;
	text = BYTES(text.p + mark.n, text.n - mark.n);
	if (text.n && text.p[text.n - 1] == '\n')
		text.n--;
	err = note_key_text_parse(text, &k, seed);
	if (err)
		return err;
	err = note_signer_from_seed(k.name, (enum note_key_type)k.type, seed, &s);
	explicit_bzero(seed, sizeof(seed));
	if (err)
		return err;
	if (s.vkey.id != k.id) {
		note_signer_fini(&s);
		return IMS_E_INVALID;
	}
	*ret = s;
	return 0;
}

int note_signer_store(const struct note_signer *s, const char *path, struct errtext *e)
{
	uint8_t seed[SIGN_SEED_BYTES];
	char key[NOTE_VKEY_BYTES], text[FILE_MAX_BYTES];
	int err, n;

	sign_key_seed(s->key, seed);
	n = snprintf(text, sizeof(text), MARK "%s\n", note_key_text(&s->vkey, seed, key));
	err = save_file(path, BYTES(text, (size_t)n), 0600, false, e);
	explicit_bzero(seed, sizeof(seed));
	explicit_bzero(key, sizeof(key));
	explicit_bzero(text, sizeof(text));
	return err;
}

/* Read up to `cap` bytes from a file that only its owner can open. */
static int read_private(int fd, const char *path, char *text, size_t cap, size_t *ret_n, struct errtext *e)
{
	struct stat st;
	size_t n = 0;
	ssize_t got;

	if (fstat(fd, &st) < 0)
		return file_error(path, "stat", e);
	if (!S_ISREG(st.st_mode))
		return errtext_set(e, IMS_E_IO, "%s: not a file", path);
	if (st.st_mode & (S_IRWXG | S_IRWXO))
		return errtext_set(e, IMS_E_PERMISSION, "%s: mode %03o, a key file has to be 0600", path,
				   st.st_mode & 0777);
	while (n < cap) {
		got = read(fd, text + n, cap - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return file_error(path, "read", e);
		if (got == 0)
			break;
		n += (size_t)got;
	}
	*ret_n = n;
	return 0;
}

int note_signer_load(const char *path, struct note_signer *ret, struct errtext *e)
{
	char text[FILE_MAX_BYTES];
	size_t n = 0;
	int err, fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0)
		return file_error(path, "open", e);
	err = read_private(fd, path, text, sizeof(text), &n, e);
	close(fd);
	if (err)
		return err;
	err = note_signer_parse(BYTES(text, n), ret);
	explicit_bzero(text, sizeof(text));
	if (err)
		return errtext_set(e, err, "%s: not a key file: %s", path, ims_strerror(err));
	return 0;
}
