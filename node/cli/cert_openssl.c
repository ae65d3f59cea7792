/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cert.h"

#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/save.h"
#include "crypto/hash.h"
#include "crypto/random.h"

#define BACKDATE_S 300 /* clocks of others may be behind */
#define SERIAL_BYTES 16

static int library_failed(const char *path, const char *what, struct errtext *e)
{
	char cause[120] = "no reason given";
	unsigned long code = ERR_get_error();

	if (code)
		ERR_error_string_n(code, cause, sizeof(cause));
	ERR_clear_error();
	return errtext_set(e, IMS_E_TLS, "%s: cannot %s: %s", path, what, cause);
}

static struct bytes bio_bytes(BIO *bio)
{
	char *p;
	long n = BIO_get_mem_data(bio, &p);

	return BYTES(p, n > 0 ? (size_t)n : 0);
}

/* ---- the key */

static int key_load(const char *path, EVP_PKEY **ret, struct errtext *e)
{
	BIO *bio = BIO_new_file(path, "r");
	static char no_password[] = ""; /* else the library asks on the terminal */

	*ret = bio ? PEM_read_bio_PrivateKey(bio, NULL, NULL, no_password) : NULL;
	BIO_free(bio);
	return *ret ? 0 : library_failed(path, "read the key", e);
}

static int key_generate(const char *path, EVP_PKEY **ret, struct errtext *e)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_secmem());
	int err;

	if (!key || !bio || PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL) != 1)
		err = library_failed(path, "make a key", e);
	else
		err = save_file(path, bio_bytes(bio), 0600, false, e);
	BIO_free(bio);
	if (err)
		EVP_PKEY_free(key);
	else
		*ret = key;
	return err;
}

/* ---- the certificate */

static bool put_serial(X509 *x)
{
	uint8_t serial[SERIAL_BYTES];
	BIGNUM *number;
	bool ok;

	crypto_random(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 0x40; /* positive, and always as long */
	number = BN_bin2bn(serial, sizeof(serial), NULL);
	ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
	BN_free(number);
	return ok;
}

static bool put_name(X509 *x, const char *name)
{
	X509_NAME *n = X509_get_subject_name(x);

	return X509_NAME_add_entry_by_NID(n, NID_commonName, MBSTRING_UTF8, (const unsigned char *)name, -1,
					  -1, 0) == 1 &&
	       X509_set_issuer_name(x, n) == 1;
}

static bool put_extension(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(x, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool put_extensions(X509 *x, const struct cert_spec *spec)
{
	char *san = mem_printf("URI:%s", spec->uri);
	bool ok = put_extension(x, NID_basic_constraints, "critical,CA:FALSE") &&
		  put_extension(x, NID_key_usage, "critical,digitalSignature") &&
		  put_extension(x, NID_ext_key_usage,
				spec->is_server ? "serverAuth,clientAuth" : "clientAuth") &&
		  put_extension(x, NID_subject_key_identifier, "hash") &&
		  put_extension(x, NID_subject_alt_name, san);

	free(san);
	return ok;
}

static bool fill(X509 *x, EVP_PKEY *key, const struct cert_spec *spec)
{
	return X509_set_version(x, X509_VERSION_3) == 1 && put_serial(x) && put_name(x, spec->name) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -BACKDATE_S) &&
	       X509_time_adj_ex(X509_getm_notAfter(x), (int)spec->days, 0, NULL) &&
	       X509_set_pubkey(x, key) == 1 && put_extensions(x, spec) && X509_sign(x, key, EVP_sha256()) > 0;
}

static bool pin_of(X509 *x, struct hash *ret)
{
	uint8_t *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);

	if (n <= 0)
		return false;
	crypto_sha256(BYTES(der, (size_t)n), ret);
	OPENSSL_free(der);
	return true;
}

static int cert_write(const char *path, EVP_PKEY *key, const struct cert_spec *spec, struct hash *ret_pin,
		      struct errtext *e)
{
	BIO *bio = BIO_new(BIO_s_mem());
	X509 *x = X509_new();
	struct hash pin;
	int err;

	if (!bio || !x || !fill(x, key, spec) || !pin_of(x, &pin) || PEM_write_bio_X509(bio, x) != 1)
		err = library_failed(path, "make a certificate", e);
	else
		err = save_file(path, bio_bytes(bio), 0644, true, e);
	X509_free(x);
	BIO_free(bio);
	if (!err)
		*ret_pin = pin;
	return err;
}

int cert_make(const char *key_path, const char *crt_path, const struct cert_spec *spec, struct hash *ret_pin,
	      struct errtext *e)
{
	EVP_PKEY *key = NULL;
	int err = save_exists(key_path) ? key_load(key_path, &key, e) : key_generate(key_path, &key, e);

	if (!err)
		err = cert_write(crt_path, key, spec, ret_pin, e);
	EVP_PKEY_free(key);
	return err;
}
