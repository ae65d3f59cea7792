/* SPDX-License-Identifier: Apache-2.0 */
/* A CMS file into its parts: the only place that reads CMS and certificates. */
#include <openssl/cms.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "crypto/hash.h"
#include "registry/cms_int.h"

static CMS_ContentInfo *read_der(struct bytes der)
{
	const unsigned char *p = der.p;
	CMS_ContentInfo *cms = d2i_CMS_ContentInfo(NULL, &p, (long)der.n);

	if (cms && p != der.p + der.n) {
		CMS_ContentInfo_free(cms);
		return NULL;
	}
	return cms;
}

/* DER, or PEM under the names that programs give it (CMS, PKCS7). */
static CMS_ContentInfo *read_file(struct bytes file)
{
	CMS_ContentInfo *cms = NULL;
	unsigned char *der = NULL;
	long n = 0;
	BIO *in;

	if (file.n && file.p[0] == (V_ASN1_CONSTRUCTED | V_ASN1_SEQUENCE))
		return read_der(file);
	in = BIO_new_mem_buf(file.p, (int)file.n);
	if (in && PEM_bytes_read_bio(&der, &n, NULL, PEM_STRING_CMS, in, NULL, NULL) == 1)
		cms = read_der(BYTES(der, (size_t)n));
	OPENSSL_free(der);
	BIO_free(in);
	return cms;
}

static struct bytes dup_der(struct arena *a, unsigned char *der, int n)
{
	struct bytes b = n > 0 ? arena_dup(a, BYTES(der, (size_t)n)) : BYTES_NONE;

	OPENSSL_free(der);
	return b;
}

/* The signed attributes as they are signed: a SET OF, in the order in which they came, which is what OpenSSL
 * verifies; who signs puts them into DER's order. */
static struct bytes signed_attributes(const CMS_SignerInfo *si, struct arena *a)
{
	int n = CMS_signed_get_attr_count(si), length = 0;
	unsigned char *out, *p;

	for (int i = 0; i < n && length <= (int)CMS_ATTRIBUTES_MAX_BYTES; i++)
		length += i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), NULL);
	if (n <= 0 || length <= 0 || length > (int)CMS_ATTRIBUTES_MAX_BYTES - 8)
		return BYTES_NONE;
	out = p = arena_alloc(a, (size_t)length + 8);
	if (!out)
		return BYTES_NONE;
	ASN1_put_object(&p, 1, length, V_ASN1_SET, V_ASN1_UNIVERSAL);
	for (int i = 0; i < n; i++)
		i2d_X509_ATTRIBUTE(CMS_signed_get_attr(si, i), &p);
	return BYTES(out, (size_t)(p - out));
}

/* The certificate of the signer, borrowed from the list. */
static X509 *find_certificate(CMS_SignerInfo *si, const STACK_OF(X509) * certs)
{
	for (int i = 0; i < sk_X509_num(certs); i++)
		if (CMS_SignerInfo_cert_cmp(si, sk_X509_value(certs, i)) == 0)
			return sk_X509_value(certs, i);
	return NULL;
}

static int key_of(X509 *cert, struct arena *a, struct cms_parts *ret, struct errtext *why)
{
	unsigned char *der = NULL;
	struct bytes whole;
	int n = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	ret->key = dup_der(a, der, n);
	der = NULL;
	n = i2d_X509(cert, &der);
	whole = dup_der(a, der, n);
	if (!ret->key.n || !whole.n)
		return arena_failed(a)
			       ? IMS_E_NOMEM
			       : errtext_set(why, IMS_E_SYNTAX, "the signer's certificate cannot be read");
	crypto_sha256(whole, &ret->certificate_sha256);
	return 0;
}

static const char *hash_name(const X509_ALGOR *alg)
{
	const ASN1_OBJECT *o;

	X509_ALGOR_get0(&o, NULL, NULL, alg);
	switch (OBJ_obj2nid(o)) {
	case NID_sha256:
		return "SHA256";
	case NID_sha384:
		return "SHA384";
	case NID_sha512:
		return "SHA512";
	}
	return "";
}

static const struct cms_algorithm *algorithm_of(CMS_SignerInfo *si, X509 *cert)
{
	const EVP_PKEY *key = X509_get0_pubkey(cert);
	X509_ALGOR *digest, *signature;
	const ASN1_OBJECT *o;
	const char *hash;
	int nid;

	if (!key)
		return NULL;
	CMS_SignerInfo_get0_algs(si, NULL, NULL, &digest, &signature);
	X509_ALGOR_get0(&o, NULL, NULL, signature);
	nid = OBJ_obj2nid(o);
	hash = hash_name(digest);
	if (nid == NID_rsassaPss)
		return cms_algorithm_of(CMS_RSA_PSS, hash);
	if (EVP_PKEY_is_a(key, "RSA"))
		return cms_algorithm_of(CMS_RSA_PKCS1, hash);
	if (EVP_PKEY_is_a(key, "ED25519"))
		return cms_algorithm_of(CMS_ED25519, hash);
	if (EVP_PKEY_is_a(key, "EC"))
		return cms_algorithm_of(CMS_ECDSA, hash);
	return NULL;
}

static int take_signer(CMS_ContentInfo *cms, CMS_SignerInfo *si, struct arena *a, struct cms_parts *ret,
		       struct errtext *why)
{
	STACK_OF(X509) *certs = CMS_get1_certs(cms);
	X509 *cert = find_certificate(si, certs);
	const ASN1_OCTET_STRING *signature = CMS_SignerInfo_get0_signature(si);
	const struct cms_algorithm *alg = cert ? algorithm_of(si, cert) : NULL;
	int err = 0;

	if (!cert)
		err = errtext_set(why, IMS_E_MISSING,
				  "the signer's certificate is not in the file: sign without -nocerts");
	else if (!alg)
		err = errtext_set(
			why, IMS_E_UNSUPPORTED,
			"signed by an algorithm that is not taken: RSA-PSS, RSA, ECDSA on P-256 or P-384, "
			"Ed25519; with SHA-256, SHA-384 or SHA-512");
	else
		err = key_of(cert, a, ret, why);
	sk_X509_pop_free(certs, X509_free);
	if (err)
		return err;
	ret->algorithm = alg->id;
	ret->signed_bytes = signed_attributes(si, a);
	ret->signature =
		arena_dup(a, BYTES(ASN1_STRING_get0_data(signature), (size_t)ASN1_STRING_length(signature)));
	if (arena_failed(a))
		return IMS_E_NOMEM;
	if (!ret->signed_bytes.n)
		return errtext_set(why, IMS_E_UNSUPPORTED,
				   "signed without attributes, or with too many: sign without -noattr");
	return cms_verify(ret, why);
}

static int take_apart(struct bytes p7s, struct arena *a, struct cms_parts *ret, struct errtext *why)
{
	CMS_ContentInfo *cms;
	STACK_OF(CMS_SignerInfo) * signers;
	int err;

	if (p7s.n > CMS_FILE_MAX_BYTES)
		return errtext_set(why, IMS_E_LIMIT, "%zu bytes, at most %u", p7s.n, CMS_FILE_MAX_BYTES);
	cms = read_file(p7s);
	if (!cms)
		return errtext_set(why, IMS_E_SYNTAX,
				   "not a CMS file: 'openssl cms -sign -binary -outform DER' makes one");
	signers = OBJ_obj2nid(CMS_get0_type(cms)) == NID_pkcs7_signed ? CMS_get0_SignerInfos(cms) : NULL;
	if (!signers)
		err = errtext_set(why, IMS_E_UNSUPPORTED, "a CMS file, but not a signed one");
	else if (sk_CMS_SignerInfo_num(signers) != 1)
		err = errtext_set(why, IMS_E_UNSUPPORTED, "%d signers: a file for each of them",
				  sk_CMS_SignerInfo_num(signers));
	else
		err = take_signer(cms, sk_CMS_SignerInfo_value(signers, 0), a, ret, why);
	CMS_ContentInfo_free(cms);
	return err;
}

int cms_take_apart(struct bytes p7s, struct arena *a, struct cms_parts *ret, struct errtext *why)
{
	struct cms_parts parts = {0};
	int err = take_apart(p7s, a, &parts, why);

	ERR_clear_error();
	if (!err)
		*ret = parts;
	return err;
}
