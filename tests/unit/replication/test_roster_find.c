/* SPDX-License-Identifier: Apache-2.0 */
/* Look-ups, and who a certificate is (pin and name together). */
#include "unit/replication/roster_world.h"

static void regions_and_origins(void **state)
{
	static const char *const unknown[] = {
		"ims.example/eu/2",  "ims.example/eu/0",  "ims.example/eu/01",
		"ims.example/cn/1",  "ims.test/eu/1",	  "ims.example/eu",
		"ims.example/eu/",   "ims.example/eu/1/", "ims.example/eu/journal/1",
		"/ims.example/eu/1", "ims.example//1",	  ""};
	struct roster *r = world_roster(WORLD, NULL);
	const struct roster_incarnation *i = NULL;

	(void)state;
	for (size_t k = 0; k < r->n_regions; k++)
		assert_ptr_equal(roster_region(r, bytes_of(r->regions[k].code)), &r->regions[k]);
	assert_null(roster_region(r, BYTES_LIT("cn")));
	assert_null(roster_region(r, BYTES_LIT("e")));
	assert_null(roster_region(r, BYTES_NONE));
	assert_ptr_equal(roster_origin(r, BYTES_LIT("ims.example/irs/1"), &i), &r->regions[2]);
	assert_ptr_equal(i, &r->regions[2].incarnations[0]);
	for (size_t k = 0; k < sizeof(unknown) / sizeof(unknown[0]); k++)
		if (roster_origin(r, bytes_of(unknown[k]), &i))
			fail_msg("'%s' is known", unknown[k]);
	roster_unref(r);
}

struct claim_row {
	const char *uri, *pin;
	int err;
	enum roster_role role;
	const char *region, *name;
};

static const struct claim_row claims[] = {
	{"ims://ims.example/eu/node", "eu/pa", 0, ROSTER_ROLE_NODE, "eu", NULL},
	{"ims://ims.example/irs/node", "irs/pa", 0, ROSTER_ROLE_NODE, "irs", NULL},
	{"ims://ims.example/br/node", "br/pa", 0, ROSTER_ROLE_NODE, "br", NULL},
	{"ims://ims.example/eu/operator/anna", "eu/po", 0, ROSTER_ROLE_OPERATOR, "eu", "anna"},
	{"ims://ims.example/eu/auditor/otto", "eu/pu", 0, ROSTER_ROLE_AUDITOR, "eu", "otto"},
	/* not such a URI */
	{"", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"https://ims.example/eu/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"IMS://ims.example/eu/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/node/", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/node/x", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/EU/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example//node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims:///eu/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator", "eu/po", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator/", "eu/po", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator/anna/x", "eu/po", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/root", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example:7443/eu/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/eu/node?x", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	{"ims://ims.example/journal/node", "eu/pa", IMS_E_CERT_SAN, 0, NULL, NULL},
	/* elsewhere */
	{"ims://ims.test/eu/node", "eu/pa", IMS_E_FEDERATION, 0, NULL, NULL},
	{"ims://ims.example/cn/node", "eu/pa", IMS_E_CERT_REGION, 0, NULL, NULL},
	/* not pinned for it */
	{"ims://ims.example/eu/node", "eu/pz", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/mx/node", "eu/pa", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/eu/node", "eu/po", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator/anna", "eu/pa", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator/anna", "eu/pu", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/eu/operator/otto", "eu/pu", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/eu/auditor/anna", "eu/po", IMS_E_CERT_PIN, 0, NULL, NULL},
	{"ims://ims.example/mx/operator/anna", "eu/po", IMS_E_CERT_PIN, 0, NULL, NULL},
	/* shut out; told only to who holds the key */
	{"ims://ims.example/jp/node", "jp/pa", IMS_E_SUSPENDED, 0, NULL, NULL},
	{"ims://ims.example/jp/node", "eu/pa", IMS_E_CERT_PIN, 0, NULL, NULL},
};

static void identities(void **state)
{
	struct roster *r = world_roster(WORLD, NULL);

	(void)state;
	for (size_t i = 0; i < sizeof(claims) / sizeof(claims[0]); i++) {
		const struct claim_row *row = &claims[i];
		struct roster_identity who = {.role = ROSTER_ROLE_NONE};
		struct errtext e = {""};
		struct hash pin;
		int err;

		world_seed(bytes_of(row->pin), &pin);
		err = roster_identify(r, row->uri, &pin, &who, &e);
		if (err != row->err || who.role != row->role)
			fail_msg("'%s' %s: %d '%s'", row->uri, row->pin, err, e.text);
		if (err)
			continue;
		assert_string_equal(who.region->code, row->region);
		if (row->name)
			assert_string_equal(who.name, row->name);
		else
			assert_null(who.name);
	}
	roster_unref(r);
}

static void both_pins_count(void **state)
{
	static const struct world_edit two = {"tls-pin {eu/pa}", "tls-pin {eu/pb}\ntls-pin {eu/pa}"};
	char *template = world_edit(WORLD, &two, 1);
	struct roster *r = world_roster(template, NULL);
	struct roster_identity who;
	struct hash pin;

	(void)state;
	world_seed(BYTES_LIT("eu/pa"), &pin);
	assert_int_equal(roster_identify(r, "ims://ims.example/eu/node", &pin, &who, NULL), 0);
	world_seed(BYTES_LIT("eu/pb"), &pin);
	assert_int_equal(roster_identify(r, "ims://ims.example/eu/node", &pin, &who, NULL), 0);
	roster_unref(r);
	free(template);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regions_and_origins),
		cmocka_unit_test(identities),
		cmocka_unit_test(both_pins_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
