/* SPDX-License-Identifier: Apache-2.0 */
/* A peer's certificate (DER): one that has no defect names exactly one ims:// URI of visible ASCII. */
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "base/check.h"
#include "fuzz/fuzz.h"
#include "net/net_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const unsigned char *p = data;
	X509 *cert = d2i_X509(NULL, &p, (long)size);

	for (int role = NET_ROLE_ANY; cert && role <= NET_ROLE_SERVER; role++) {
		struct net_ident who = {0};

		net_ident_of_cert(cert, (enum net_role)role, &who);
		CHECK(strlen(who.uri) < sizeof(who.uri) && (!who.uri[0] || who.n_uris == 1));
		if (who.defect)
			continue;
		CHECK(who.n_uris == 1 && strncmp(who.uri, "ims://", 6) == 0);
		for (const char *c = who.uri; *c; c++)
			CHECK(*c > 0x20 && *c < 0x7f);
		CHECK(who.not_before_s <= who.not_after_s);
	}
	X509_free(cert);
	ERR_clear_error();
	return 0;
}
