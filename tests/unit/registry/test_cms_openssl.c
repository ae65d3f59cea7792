/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CMS signatures by every algorithm that is taken, as OpenSSL makes them: apart at the origin, verified from
 * the parts; and what is not taken, with its reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <openssl/pem.h>

#include <openssl/cms.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/buf.h"
#include "base/mem.h"
#include "unit/registry/cms_parts_openssl.h"

#define CONTENT "ims-moa/1\nagreement eu-m-1\n"

/* ---- signers */
static EVP_PKEY *make_key(const char *type)
{
	if (strncmp(type, "rsa", 3) == 0)
		return EVP_RSA_gen((unsigned)strtoul(type + 3, NULL, 10));
	return EVP_EC_gen(type);
}

static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name = X509_get_subject_name(cert);

	X509_set_version(cert, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
	X509_gmtime_adj(X509_getm_notBefore(cert), 0);
	X509_gmtime_adj(X509_getm_notAfter(cert), 3600);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"A signer", -1, -1, 0);
	X509_set_issuer_name(cert, name);
	X509_set_pubkey(cert, key);
	assert_true(X509_sign(cert, key, EVP_sha256()) > 0);
	return cert;
}

struct wish {
	const char *key, *hash;
	bool pss, pem;
	unsigned flags;
	unsigned signers;
	const char *algorithm; /* expected */
};

/* One more signer of the CMS. */
static void add_signer(CMS_ContentInfo *cms, const struct wish *w)
{
	EVP_PKEY *key = make_key(w->key);
	X509 *cert = make_certificate(key);
	CMS_SignerInfo *si;

	assert_non_null(key);
	si = CMS_add1_signer(cms, cert, key, EVP_get_digestbyname(w->hash), w->flags | CMS_KEY_PARAM);
	assert_non_null(si);
	if (w->pss)
		assert_true(EVP_PKEY_CTX_set_rsa_padding(CMS_SignerInfo_get0_pkey_ctx(si),
							 RSA_PKCS1_PSS_PADDING) > 0);
	X509_free(cert);
	EVP_PKEY_free(key);
}

static struct buf make_file(const struct wish *w)
{
	BIO *content = BIO_new_mem_buf(CONTENT, -1), *out = BIO_new(BIO_s_mem());
	CMS_ContentInfo *cms = CMS_sign(NULL, NULL, NULL, content, w->flags | CMS_PARTIAL | CMS_BINARY);
	struct buf file = {0};
	char *p;
	long n;

	assert_non_null(cms);
	for (unsigned i = 0; i < w->signers; i++)
		add_signer(cms, w);
	assert_true(CMS_final(cms, content, NULL, w->flags | CMS_BINARY));
	assert_true(w->pem ? PEM_write_bio_CMS(out, cms) : i2d_CMS_bio(out, cms));
	n = BIO_get_mem_data(out, &p);
	buf_put(&file, BYTES(p, (size_t)n));
	CMS_ContentInfo_free(cms);
	BIO_free(content);
	BIO_free(out);
	return file;
}

static int apart(const struct wish *w, struct arena *a, struct cms_parts *ret, struct errtext *why)
{
	struct buf file = make_file(w);
	int err = cms_take_apart(buf_bytes(&file), a, ret, why);

	buf_fini(&file);
	return err;
}

static const struct wish good[] = {
	{"rsa2048", "SHA256", false, false, CMS_DETACHED, 1, "rsa-sha256"},
	{"rsa2048", "SHA512", false, true, CMS_DETACHED, 1, "rsa-sha512"},
	{"rsa2048", "SHA256", true, false, CMS_DETACHED, 1, "rsa-pss-sha256"},
	{"rsa3072", "SHA384", true, true, 0, 1, "rsa-pss-sha384"},
	{"P-256", "SHA256", false, false, 0, 1, "ecdsa-sha256"},
	{"P-256", "SHA512", false, false, CMS_DETACHED, 1, "ecdsa-sha512"},
	{"P-384", "SHA384", false, false, CMS_DETACHED | CMS_USE_KEYID, 1, "ecdsa-sha384"},
};

static void test_good(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct cms_parts parts;
		struct errtext why = {""};
		struct arena a;
		struct wish w = good[i];

		w.flags &= ~(unsigned)CMS_USE_KEYID; /* a certificate of ours has no key id */
		arena_init(&a, 1u << 20);
		if (apart(&w, &a, &parts, &why))
			fail_msg("%s: %s", good[i].algorithm, why.text);
		assert_string_equal(parts.algorithm, good[i].algorithm);
		assert_int_equal(cms_verify(&parts, &why), 0);
		assert_true(cms_is_over(&parts, BYTES_LIT(CONTENT)));
		assert_false(cms_is_over(&parts, BYTES_LIT(CONTENT " ")));
		assert_false(cms_is_over(&parts, BYTES_NONE));
		arena_fini(&a);
	}
}

static void test_ed25519(void **state)
{
	struct made_parts made;
	struct cms_parts parts;
	struct errtext why = {""};

	(void)state;
	made_sign(&made, "somebody", BYTES_LIT(CONTENT));
	parts = made_parts(&made);
	if (cms_verify(&parts, &why))
		fail_msg("%s", why.text);
	assert_true(cms_is_over(&parts, BYTES_LIT(CONTENT)));
	assert_false(cms_is_over(&parts, BYTES_LIT("else")));
}

/* No bit of what is signed, of the signature or of the key may be another. */
static void test_every_bit_counts(void **state)
{
	struct made_parts made, spoilt;
	struct cms_parts parts;

	(void)state;
	made_sign(&made, "somebody", BYTES_LIT(CONTENT));
	for (size_t bit = 0; bit < 8 * (sizeof(made.key) + made.n_attributes + sizeof(made.signature));
	     bit++) {
		size_t at = bit / 8;
		uint8_t mask = (uint8_t)(1u << (bit % 8));

		spoilt = made;
		if (at < sizeof(made.key))
			spoilt.key[at] ^= mask;
		else if (at < sizeof(made.key) + made.n_attributes)
			spoilt.attributes[at - sizeof(made.key)] ^= mask;
		else
			spoilt.signature[at - sizeof(made.key) - made.n_attributes] ^= mask;
		parts = made_parts(&spoilt);
		assert_int_not_equal(cms_verify(&parts, NULL), 0);
	}
}

static void expect_refused(const struct wish *w, int err, const char *word)
{
	struct cms_parts parts;
	struct errtext why = {""};
	struct arena a;

	arena_init(&a, 1u << 20);
	assert_int_equal(apart(w, &a, &parts, &why), err);
	if (!strstr(why.text, word))
		fail_msg("'%s' has no '%s'", why.text, word);
	arena_fini(&a);
}

static void test_refused(void **state)
{
	(void)state;
	expect_refused(&(struct wish){"rsa1024", "SHA256", false, false, CMS_DETACHED, 1, ""},
		       IMS_E_UNSUPPORTED, "2048");
	expect_refused(&(struct wish){"rsa2048", "SHA1", false, false, CMS_DETACHED, 1, ""},
		       IMS_E_UNSUPPORTED, "SHA-256");
	expect_refused(&(struct wish){"P-521", "SHA512", false, false, CMS_DETACHED, 1, ""},
		       IMS_E_UNSUPPORTED, "P-384");
	expect_refused(&(struct wish){"P-256", "SHA256", false, false, CMS_DETACHED, 2, ""},
		       IMS_E_UNSUPPORTED, "2 signers");
	expect_refused(&(struct wish){"P-256", "SHA256", false, false, CMS_DETACHED | CMS_NOATTR, 1, ""},
		       IMS_E_UNSUPPORTED, "-noattr");
	expect_refused(&(struct wish){"P-256", "SHA256", false, false, CMS_DETACHED | CMS_NOCERTS, 1, ""},
		       IMS_E_MISSING, "-nocerts");
}

/* An algorithm that the key is not for. */
static void test_wrong_algorithm(void **state)
{
	static const char *const others[] = {"rsa-sha256", "rsa-pss-sha512", "ecdsa-sha512",
					     "",	   "ed448",	     "none"};
	struct made_parts made;
	struct cms_parts parts;

	(void)state;
	made_sign(&made, "somebody", BYTES_LIT(CONTENT));
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		parts = made_parts(&made);
		parts.algorithm = others[i];
		assert_int_not_equal(cms_verify(&parts, NULL), 0);
		if (!strstr(others[i], "512"))
			assert_false(cms_is_over(&parts, BYTES_LIT(CONTENT)));
	}
}

/* Cut anywhere, spoilt anywhere: an error, and no byte beyond. */
static void test_any_bytes(void **state)
{
	struct buf file = make_file(&good[4]);
	struct cms_parts parts;
	uint64_t random = 88172645463325252u;

	(void)state;
	for (size_t n = 0; n < file.n; n++) {
		uint8_t *copy = mem_dup(file.p, n ? n : 1);
		struct arena a;

		arena_init(&a, 1u << 20);
		assert_int_not_equal(cms_take_apart(BYTES(copy, n), &a, &parts, NULL), 0);
		arena_fini(&a);
		free(copy);
	}
	for (unsigned i = 0; i < 2000; i++) {
		struct arena a;
		uint8_t *copy = mem_dup(file.p, file.n);

		for (unsigned k = 0; k < 3; k++) {
			random ^= random << 13;
			random ^= random >> 7;
			random ^= random << 17;
			copy[random % file.n] = (uint8_t)(random >> 32);
		}
		arena_init(&a, 1u << 20);
		if (cms_take_apart(BYTES(copy, file.n), &a, &parts, NULL) == 0)
			assert_int_equal(cms_verify(&parts, NULL), 0);
		arena_fini(&a);
		free(copy);
	}
	assert_int_equal(
		cms_take_apart(BYTES(file.p, CMS_FILE_MAX_BYTES + 1), &(struct arena){0}, &parts, NULL),
		IMS_E_LIMIT);
	buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_ed25519),
		cmocka_unit_test(test_every_bit_counts),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_wrong_algorithm),
		cmocka_unit_test(test_any_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
