/* SPDX-License-Identifier: Apache-2.0 */
/* `ims init`: the folder it makes, and what it never does: overwrite a key. */
#include "unit/cli/handler.h"

#include "cli/cmd_init.h"
#include "replication/roster.h"

#define EU "init --dir eu --federation ims.example --region eu --address 192.0.2.1:7443"

static struct roster *card_of(const char *path)
{
	struct errtext e = {""};
	struct roster *card = NULL;
	struct buf text = {0};

	handler_read(path, &text);
	if (roster_parse_card(buf_bytes(&text), "ims.example", &card, &e))
		fail_msg("%s: %s", path, e.text);
	buf_fini(&text);
	return card;
}

static void assert_mode(const char *path, unsigned mode)
{
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, mode);
}

static void a_node_gets_its_folder(void **state)
{
	static const char *const secrets[] = {"eu/keys/delegation.key", "eu/keys/log.key",
					      "eu/keys/cosigner.key", "eu/keys/tls.key"};
	struct note_signer s;
	struct roster *card;

	(void)state;
	handler_expect(EU, 0);
	assert_int_equal(handler_out.n, 0);
	for (size_t i = 0; i < 4; i++)
		assert_mode(secrets[i], 0600);
	assert_mode("eu/keys/tls.crt", 0644);
	assert_mode("eu/keys", 0700);
	card = card_of("eu/region.txt");
	assert_int_equal(card->regions[0].class, ROSTER_PARTICIPANT);
	assert_string_equal(card->regions[0].addresses[0], "192.0.2.1:7443");
	assert_int_equal(note_signer_load("eu/keys/log.key", &s, NULL), 0);
	assert_true(note_vkey_eq(&s.vkey, &card->regions[0].log_keys[0].vkey));
	note_signer_fini(&s);
	roster_unref(card);
}

static void configuration_points_there(void **state)
{
	struct buf conf = {0};
	char *data;

	(void)state;
	handler_expect(EU, 0);
	handler_read("eu/imsd.conf", &conf);
	data = mem_printf("data_dir = \"%s/eu/data\"\n", handler_folder);
	assert_printed(&conf, data);
	assert_printed(&conf, "\nfederation = \"ims.example\"\n");
	assert_printed(&conf, "\nregion = \"eu\"\n");
	assert_printed(&conf, "\nlisten = \"192.0.2.1:7443\"\n");
	assert_printed(&conf, "\n# roster_hash");
	free(data);
	handler_expect(EU " --force --listen 0.0.0.0:1 --roster-hash "
			  "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
		       0);
	handler_read("eu/imsd.conf", &conf);
	assert_printed(&conf, "\nlisten = \"0.0.0.0:1\"\n");
	assert_printed(&conf, "\nroster_hash = \"00112233");
	buf_fini(&conf);
}

static void a_service_keeps_state_elsewhere(void **state)
{
	struct buf conf = {0};

	(void)state;
	handler_expect(EU " --state /var/lib/imsd --socket /run/imsd/control.sock", 0);
	handler_read("eu/imsd.conf", &conf);
	assert_printed(&conf, "\ndata_dir = \"/var/lib/imsd/data\"\n");
	assert_printed(&conf, "\ncommit_log_dir = \"/var/lib/imsd/ring\"\n");
	assert_printed(&conf, "\ncontrol_socket = \"/run/imsd/control.sock\"\n");
	assert_int_not_equal(access("eu/data", F_OK), 0);
	buf_fini(&conf);
	handler_expect("init --dir mx --federation ims.example --region mx --state here", 2);
}

static void a_renewed_certificate_keeps_its_key(void **state)
{
	struct buf before = {0}, after = {0};

	(void)state;
	handler_expect("init --dir eu --federation ims.example --region eu --renew", 1);
	assert_printed(&handler_err, "[NOT_FOUND]");
	handler_expect(EU, 0);
	handler_read("eu/keys/tls.key", &before);
	handler_expect("init --dir eu --federation ims.example --region eu --renew --days 9", 0);
	handler_read("eu/keys/tls.key", &after);
	assert_true(bytes_eq(buf_bytes(&before), buf_bytes(&after)));
	buf_fini(&before);
	buf_fini(&after);
}

static void keys_are_never_overwritten(void **state)
{
	struct buf before = {0}, after = {0};
	struct roster *first, *second;

	(void)state;
	handler_expect(EU, 0);
	first = card_of("eu/region.txt");
	handler_read("eu/keys/log.key", &before);
	handler_expect(EU, 1);
	assert_printed(&handler_err, "[EXISTS]");
	handler_expect(EU " --force --days 30", 0);
	handler_read("eu/keys/log.key", &after);
	assert_true(bytes_eq(buf_bytes(&before), buf_bytes(&after)));
	second = card_of("eu/region.txt");
	assert_true(hash_eq(&first->regions[0].tls_pins[0], &second->regions[0].tls_pins[0]));
	assert_true(note_vkey_eq(&first->regions[0].delegation, &second->regions[0].delegation));
	/* nor taken for another region */
	handler_expect("init --dir eu --federation ims.example --region mx --force", 1);
	assert_printed(&handler_err, "[INVALID]");
	roster_unref(first);
	roster_unref(second);
	buf_fini(&before);
	buf_fini(&after);
}

static void a_card_keeps_its_people(void **state)
{
	struct roster *card;
	struct buf text = {0};

	(void)state;
	handler_expect(EU, 0);
	handler_expect("init --dir eu --federation ims.example --region eu --operator anna --days 90", 0);
	assert_mode("eu/anna.key", 0600);
	handler_read("eu/region.txt", &text);
	buf_put(&text, buf_bytes(&handler_out));
	handler_expect("init --dir eu --federation ims.example --region eu --auditor otto", 0);
	buf_put(&text, buf_bytes(&handler_out));
	handler_write("eu/region.txt", buf_text(&text));
	handler_expect("init --dir eu --federation ims.example --region eu --force", 0);
	card = card_of("eu/region.txt");
	assert_string_equal(card->regions[0].operators[0].name, "anna");
	assert_string_equal(card->regions[0].auditors[0].name, "otto");
	assert_string_equal(card->regions[0].addresses[0], "192.0.2.1:7443");
	roster_unref(card);
	handler_expect("init --dir eu --federation ims.example --region eu --operator anna", 1);
	assert_printed(&handler_err, "[EXISTS]");
	buf_fini(&text);
}

static void classes_and_incarnations(void **state)
{
	struct roster *card;

	(void)state;
	handler_expect("init --dir irs --federation ims.example --region irs", 0);
	card = card_of("irs/region.txt");
	assert_int_equal(card->regions[0].class, ROSTER_SECRETARIAT);
	roster_unref(card);
	handler_expect("init --dir br --federation ims.example --region br --class associate", 0);
	card = card_of("br/region.txt");
	assert_int_equal(card->regions[0].class, ROSTER_ASSOCIATE);
	roster_unref(card);
	handler_expect("init --dir br --federation ims.example --region br --log-key 2", 0);
	assert_printed(&handler_out, "log-key 2 ims.example/br/2+");
	assert_mode("br/keys/log-2.key", 0600);
	handler_expect("init --dir br --federation ims.example --region br --log-key 2", 1);
}

static void wrong_usage_makes_nothing(void **state)
{
	static const char *const lines[] = {
		"init",
		"init --dir x --federation ims.example",
		"init --dir x --region eu",
		"init --dir x --federation ims/example --region eu",
		"init --dir x --federation ims.example --region EU",
		"init --dir x --federation ims.example --region journal",
		"init --dir x --federation ims.example --region eu --class member",
		"init --dir x --federation ims.example --region eu --address example.eu:7443",
		"init --dir x --federation ims.example --region eu --days 0",
		"init --dir x --federation ims.example --region eu --days 99999",
		"init --dir x --federation ims.example --region eu --roster-hash 12",
		"init --dir x --federation ims.example --region eu --operator ../anna",
		"init --dir x --federation ims.example --region eu --operator anna --auditor otto",
		"init --dir x --federation ims.example --region eu --log-key 0",
		"init --dir x --federation ims.example --region eu --json",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		handler_expect(lines[i], 2);
		assert_printed(&handler_err, "usage: ims init");
		assert_int_equal(access("x", F_OK), -1);
	}
	handler_expect("init --dir x --federation ims.example --region eu word", 2);
	handler_expect("init --dir x --federation ims.example --region eu --colour blue", 2);
	assert_int_equal(access("x", F_OK), -1);
	handler_expect("init --dir no/such/folder --federation ims.example --region eu", 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, handler_enter, handler_leave)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_service_keeps_state_elsewhere), TEST(a_renewed_certificate_keeps_its_key),
		TEST(a_node_gets_its_folder),	       TEST(configuration_points_there),
		TEST(keys_are_never_overwritten),      TEST(a_card_keeps_its_people),
		TEST(classes_and_incarnations),	       TEST(wrong_usage_makes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
