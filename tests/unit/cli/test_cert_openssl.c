/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of nodes and people: one name, no CA, the pin of the key. */
#include "unit/cli/handler.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "cli/cert.h"
#include "crypto/hash.h"

static const struct cert_spec node = {"ims://ims.example/eu/node", "eu node", true, 730};
static const struct cert_spec person = {"ims://ims.example/eu/operator/anna", "eu operator/anna", false, 30};

static X509 *cert_of(const char *path)
{
	FILE *f = fopen(path, "r");
	X509 *x;

	assert_non_null(f);
	x = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(x);
	return x;
}

static struct hash pin_of(X509 *x)
{
	uint8_t *der = NULL;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x), &der);
	struct hash h;

	crypto_sha256(BYTES(der, (size_t)n), &h);
	OPENSSL_free(der);
	return h;
}

static void assert_cert(const char *path, const char *uri, bool is_server, int days)
{
	X509 *x = cert_of(path);
	GENERAL_NAMES *names = X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	const ASN1_STRING *name;
	BIGNUM *serial;
	int left_days = 0, left_s = 0;

	assert_int_equal(sk_GENERAL_NAME_num(names), 1);
	assert_int_equal(sk_GENERAL_NAME_value(names, 0)->type, GEN_URI);
	name = sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
	assert_bytes(BYTES(ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name)), uri);
	GENERAL_NAMES_free(names);
	assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_CLIENT | (is_server ? XKU_SSL_SERVER : 0));
	assert_int_equal(X509_check_ca(x), 0);
	assert_int_equal(X509_verify(x, X509_get0_pubkey(x)), 1);
	assert_true(X509_cmp_current_time(X509_get0_notBefore(x)) < 0);
	assert_int_equal(ASN1_TIME_diff(&left_days, &left_s, NULL, X509_get0_notAfter(x)), 1);
	assert_in_range(left_days, days - 1, days);
	serial = ASN1_INTEGER_to_BN(X509_get0_serialNumber(x), NULL);
	assert_int_equal(BN_num_bits(serial), 127);
	BN_free(serial);
	X509_free(x);
}

static struct hash made(const char *key, const char *crt, const struct cert_spec *spec)
{
	struct errtext e = {""};
	struct hash pin, seen;
	X509 *x;

	if (cert_make(key, crt, spec, &pin, &e))
		fail_msg("%s", e.text);
	x = cert_of(crt);
	seen = pin_of(x);
	X509_free(x);
	assert_true(hash_eq(&pin, &seen));
	return pin;
}

static void nodes_and_people(void **state)
{
	struct hash a, b;

	(void)state;
	a = made("tls.key", "tls.crt", &node);
	assert_cert("tls.crt", node.uri, true, 730);
	b = made("anna.key", "anna.crt", &person);
	assert_cert("anna.crt", person.uri, false, 30);
	assert_false(hash_eq(&a, &b));
}

static void a_key_outlives_its_certificates(void **state)
{
	struct buf first = {0}, second = {0};
	struct hash a, b;

	(void)state;
	a = made("tls.key", "tls.crt", &node);
	handler_read("tls.crt", &first);
	b = made("tls.key", "tls.crt", &node);
	handler_read("tls.crt", &second);
	assert_true(hash_eq(&a, &b));
	assert_false(bytes_eq(buf_bytes(&first), buf_bytes(&second))); /* another serial number */
	buf_fini(&first);
	buf_fini(&second);
}

static void what_is_no_key_is_left_alone(void **state)
{
	struct errtext e = {""};
	struct buf kept = {0};
	struct hash pin;

	(void)state;
	handler_write("tls.key", "no key\n");
	assert_int_equal(cert_make("tls.key", "tls.crt", &node, &pin, &e), IMS_E_TLS);
	assert_non_null(strstr(e.text, "tls.key"));
	handler_read("tls.key", &kept);
	assert_bytes(buf_bytes(&kept), "no key\n");
	assert_int_equal(access("tls.crt", F_OK), -1);
	assert_int_equal(cert_make("no/tls.key", "tls.crt", &node, &pin, &e), IMS_E_NOT_FOUND);
	buf_fini(&kept);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, handler_enter, handler_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nodes_and_people),
		TEST(a_key_outlives_its_certificates),
		TEST(what_is_no_key_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
