/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for tests, good and bad ones, made on the spot. For test programs that link
 * libcrypto; every function checks its own success with cmocka.
 */
#ifndef TESTS_UNIT_NET_CERTS_H
#define TESTS_UNIT_NET_CERTS_H

#include <stdio.h>
#include <string.h>
#include <time.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

/* All zero but `uris`: a good one. */
struct certs_spec {
	const char *uris[3];   /* URI SANs, up to the first NULL */
	bool nul_in_uri;       /* put a NUL into the first one, after its 12th byte */
	const char *dns;       /* a DNS SAN beside */
	const char *eku;       /* extended key usage; NULL: both sides, "": no such extension */
	long from_s, to_s;     /* relative to now; 0, 0: an hour ago to in a day */
	unsigned rsa_bits;     /* 0: Ed25519 */
	bool sha1;	       /* sign with SHA-1 (RSA only) */
	bool unknown_critical; /* a critical extension that nobody knows */
};

static inline void certs_path(char out[256], const char *dir, const char *name, const char *suffix)
{
	snprintf(out, 256, "%s/%s.%s", dir, name, suffix);
}

static inline void certs_add_ext(X509 *x, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, x, x, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
}

static inline void certs_add_name(GENERAL_NAMES *names, int type, const char *text, bool with_nul)
{
	GENERAL_NAME *name = GENERAL_NAME_new();
	ASN1_IA5STRING *s = ASN1_IA5STRING_new();
	char bytes[300] = {0};
	int n = (int)strlen(text);

	memcpy(bytes, text, (size_t)n);
	if (with_nul)
		bytes[12] = '\0';
	assert_int_equal(ASN1_STRING_set(s, bytes, n), 1);
	GENERAL_NAME_set0_value(name, type, s);
	assert_true(sk_GENERAL_NAME_push(names, name) > 0);
}

static inline void certs_add_names(X509 *x, const struct certs_spec *spec)
{
	GENERAL_NAMES *names = GENERAL_NAMES_new();

	for (int i = 0; i < 3 && spec->uris[i]; i++)
		certs_add_name(names, GEN_URI, spec->uris[i], spec->nul_in_uri && i == 0);
	if (spec->dns)
		certs_add_name(names, GEN_DNS, spec->dns, false);
	if (sk_GENERAL_NAME_num(names) > 0)
		assert_int_equal(X509_add1_ext_i2d(x, NID_subject_alt_name, names, 0, 0), 1);
	GENERAL_NAMES_free(names);
}

static inline void certs_add_unknown(X509 *x)
{
	ASN1_OBJECT *oid = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
	ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
	X509_EXTENSION *ext;

	assert_int_equal(ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05", 1), 1);
	ext = X509_EXTENSION_create_by_OBJ(NULL, oid, 1, value);
	assert_int_equal(X509_add_ext(x, ext, -1), 1);
	X509_EXTENSION_free(ext);
	ASN1_OCTET_STRING_free(value);
	ASN1_OBJECT_free(oid);
}

static inline X509 *certs_build(const struct certs_spec *spec, EVP_PKEY *key)
{
	X509 *x = X509_new();
	X509_NAME *subject = X509_get_subject_name(x);
	bool timed = spec->from_s || spec->to_s;
	const EVP_MD *md = spec->rsa_bits ? (spec->sha1 ? EVP_sha1() : EVP_sha256()) : NULL;

	X509_set_version(x, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 7);
	X509_gmtime_adj(X509_getm_notBefore(x), timed ? spec->from_s : -3600);
	X509_gmtime_adj(X509_getm_notAfter(x), timed ? spec->to_s : 86400);
	X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)"node", -1, -1, 0);
	X509_set_issuer_name(x, subject);
	X509_set_pubkey(x, key);
	certs_add_names(x, spec);
	if (!spec->eku || *spec->eku)
		certs_add_ext(x, NID_ext_key_usage, spec->eku ? spec->eku : "clientAuth,serverAuth");
	if (spec->unknown_critical)
		certs_add_unknown(x);
	assert_true(X509_sign(x, key, md) > 0);
	return x;
}

/* Write dir/name.crt and dir/name.key. */
static inline void certs_make(const char *dir, const char *name, const struct certs_spec *spec)
{
	EVP_PKEY *key =
		spec->rsa_bits ? EVP_RSA_gen(spec->rsa_bits) : EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	X509 *x;
	char path[256];
	FILE *f;

	assert_non_null(key);
	x = certs_build(spec, key);
	certs_path(path, dir, name, "crt");
	f = fopen(path, "w");
	assert_true(f && PEM_write_X509(f, x) == 1);
	fclose(f);
	certs_path(path, dir, name, "key");
	f = fopen(path, "w");
	assert_true(f && PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1);
	fclose(f);
	X509_free(x);
	EVP_PKEY_free(key);
}

#endif
