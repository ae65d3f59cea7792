/* SPDX-License-Identifier: Apache-2.0 */
/* `ims roster` on files: founding a federation, changing it, and what is refused. */
#include "unit/cli/handler.h"

#include <inttypes.h>

#include "cli/cmd_init.h"
#include "cli/cmd_roster.h"

#define ROOT_HEX "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void init_region(const char *code)
{
	static unsigned port = 7440;
	char *line = mem_printf("init --dir %s --federation ims.example --region %s --address 127.0.0.1:%u",
				code, code, ++port);

	handler_expect(line, 0);
	free(line);
}

static void sign(const char *file, const char *keys, int code)
{
	struct bytes rest = bytes_of(keys), key;
	struct buf line = {0};

	buf_put_text(&line, "roster sign ");
	while (text_split(&rest, ' ', &key)) {
		buf_put_text(&line, "--key ");
		buf_put(&line, key);
		buf_put_text(&line, " ");
	}
	buf_put_text(&line, file);
	handler_expect(buf_text(&line), code);
	buf_fini(&line);
}

/* Once: four regions and their genesis v1.note, and br, which is not in it. */
static int found(void **state)
{
	if (handler_enter(state))
		return -1;
	init_region("br");
	init_region("eu");
	init_region("irs");
	init_region("mx");
	init_region("us");
	handler_expect("roster propose --genesis --federation ims.example --rules 1 --replicated 2 mx irs us "
		       "us/region.txt eu/region.txt mx/region.txt irs/region.txt -o v1.note",
		       0);
	sign("v1.note", "eu/keys/delegation.key mx/keys/delegation.key us/keys/delegation.key", 0);
	return 0;
}

/* Before each test: nobody has seen a version 2. */
static int forget(void **state)
{
	static const char *const files[] = {"v2.note",
					    "a.note",
					    "b.note",
					    "eu/keys/delegation.key.signed",
					    "mx/keys/delegation.key.signed",
					    "us/keys/delegation.key.signed"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		unlink(files[i]);
	return 0;
}

static char *hash_of(const char *path)
{
	char hex[HEX_HASH_BYTES];
	struct errtext e;
	struct roster *r;
	char *text;

	assert_int_equal(roster_read(path, &r, &e), 0);
	text = mem_strdup(hex_hash(&r->hash, hex));
	roster_unref(r);
	return text;
}

static void a_federation_is_founded(void **state)
{
	struct errtext e = {""};
	struct roster *r;
	char *hash, *line;

	(void)state;
	assert_int_equal(roster_read("v1.note", &r, &e), 0);
	assert_int_equal(r->version, 1);
	assert_int_equal(r->n_regions, 4);
	assert_int_equal(r->replicated_k, 2);
	assert_string_equal(r->replicated_regions[0], "irs");
	assert_non_null(r->note);
	roster_unref(r);

	hash = hash_of("v1.note");
	line = mem_printf("roster verify --genesis-hash %s v1.note", hash);
	handler_expect(line, 0);
	assert_printed(&handler_out, hash);
	assert_printed(&handler_out, "ims.example/irs/delegation");
	hash[0] = hash[0] == '0' ? '1' : '0';
	free(line);
	line = mem_printf("roster verify --genesis-hash %s v1.note", hash);
	handler_expect(line, 5);
	assert_printed(&handler_out, "NOT VALID: R1");
	handler_expect("roster verify v1.note", 0);
	assert_printed(&handler_out, "by its hash alone");
	free(line);
	free(hash);
}

static void a_draft_is_deterministic(void **state)
{
	struct buf first = {0};

	(void)state;
	handler_expect("roster propose --from v1.note --suspend us", 0);
	buf_put(&first, buf_bytes(&handler_out));
	assert_printed(&handler_err, "vote  ims.example/eu/delegation");
	handler_expect("roster propose --from v1.note --suspend us -o v2.note", 0);
	assert_int_equal(handler_out.n, 0);
	handler_read("v2.note", &handler_out);
	assert_true(bytes_eq(buf_bytes(&first), buf_bytes(&handler_out)));
	handler_expect("roster propose --from v1.note --resume us -o v2.note", 1);
	assert_printed(&handler_err, "[EXISTS]");
	buf_fini(&first);
}

static void a_chain_is_followed(void **state)
{
	(void)state;
	handler_expect("roster propose --from v1.note --add br/region.txt --rules 2 -o v2.note", 0);
	assert_printed(&handler_err, "key   ims.example/br/1");
	sign("v2.note", "eu/keys/delegation.key", 0);
	handler_expect("roster verify v1.note v2.note", 5);
	assert_printed(&handler_out, "NOT VALID: R2: signed by 1 of 3");
	sign("v2.note", "mx/keys/delegation.key", 0);
	handler_expect("roster verify v1.note v2.note", 5);
	assert_printed(&handler_out, "NOT VALID: R3");
	assert_printed(&handler_err, "[ROSTER]");
	sign("v2.note", "br/keys/delegation.key br/keys/log.key br/keys/cosigner.key", 0);
	handler_expect("roster verify v1.note v2.note", 0);
	assert_printed(&handler_out, "valid\n");
	handler_expect("roster verify --json v1.note v2.note", 0);
	assert_printed(&handler_out, "\"valid\":true}\n");
	assert_printed(&handler_out, "{\"state\":\"signed\",\"as\":\"key\",\"region\":\"br\"");
	handler_expect("roster verify v2.note", 0);
	assert_printed(&handler_out, "what came before it is not checked");
	handler_expect("roster verify v2.note v1.note", 5);
	handler_expect("roster verify --json v1.note eu/region.txt", 5);
	assert_printed(&handler_out, "\"valid\":false}\n");
	handler_expect("roster verify v1.note v3.note", 1);
}

/* The next incarnation after a closing, its key from `ims init --log-key`. */
static void a_region_goes_on_in_its_next_incarnation(void **state)
{
	struct errtext e;
	struct roster *r;
	char *vkey, *line;

	(void)state;
	handler_expect("init --dir eu --federation ims.example --region eu --log-key 2", 0);
	vkey = mem_strdup(buf_text(&handler_out) + strlen("log-key 2 "));
	*strchr(vkey, ' ') = '\0';
	line = mem_printf("roster propose --from v1.note --close eu 7 " ROOT_HEX " --open eu %s -o v2.note",
			  vkey);
	handler_expect(line, 0);
	sign("v2.note", "mx/keys/delegation.key us/keys/delegation.key eu/keys/log-2.key", 0);
	handler_expect("roster verify v1.note v2.note", 0);
	assert_int_equal(roster_read("v2.note", &r, &e), 0);
	assert_int_equal(r->regions[0].n_incarnations, 2);
	assert_int_equal(r->regions[0].incarnations[0].kept_size, 7);
	assert_true(r->regions[0].incarnations[1].open);
	roster_unref(r);
	/* the same with values of one word */
	free(line);
	line = mem_printf("roster propose --from v1.note --close eu:7:" ROOT_HEX " --open eu:%s -o a.note",
			  vkey);
	handler_expect(line, 0);
	sign("a.note", "mx/keys/delegation.key us/keys/delegation.key", 0); /* it is the same version */
	free(line);
	free(vkey);
}

static void a_card_is_replaced(void **state)
{
	(void)state;
	handler_expect("init --dir eu --federation ims.example --region eu --force --address 127.0.0.1:9", 0);
	handler_expect("roster propose --from v1.note --set-card eu/region.txt --suspend us -o v2.note", 0);
	assert_printed(&handler_err, "own   ims.example/eu/delegation (addresses)");
	sign("v2.note", "mx/keys/delegation.key us/keys/delegation.key", 0);
	handler_expect("roster verify v1.note v2.note", 5);
	assert_printed(&handler_out, "R4: region eu has not signed");
	sign("v2.note", "eu/keys/delegation.key", 0);
	handler_expect("roster verify v1.note v2.note", 0);
	/* and a card does not end a suspension */
	handler_expect("roster propose --from v2.note --set-card us/region.txt", 0);
	assert_printed(&handler_out, "region us participant suspended\n");
	handler_expect("roster propose --from v2.note --set-card us/region.txt --resume us", 0);
	assert_printed(&handler_out, "region us participant\n");
}

/* Each delegation signs one successor of a version. */
static void a_delegation_signs_once(void **state)
{
	struct buf once = {0}, twice = {0};

	(void)state;
	handler_expect("roster propose --from v1.note --suspend us -o a.note", 0);
	handler_expect("roster propose --from v1.note --suspend mx -o b.note", 0);
	sign("a.note", "eu/keys/delegation.key", 0);
	handler_read("a.note", &once);
	sign("a.note", "eu/keys/delegation.key", 0); /* again changes nothing */
	assert_printed(&handler_err, "had already signed");
	handler_read("a.note", &twice);
	assert_true(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	handler_read("b.note", &once);
	sign("b.note", "eu/keys/delegation.key", 6);
	assert_printed(&handler_err, "the key has signed another version 2");
	handler_read("b.note", &twice);
	assert_true(bytes_eq(buf_bytes(&once), buf_bytes(&twice)));
	sign("b.note", "mx/keys/delegation.key", 0);
	handler_write("us/keys/delegation.key.signed", "nonsense\n");
	sign("b.note", "us/keys/delegation.key", 5);
	assert_printed(&handler_err, "[CORRUPT]");
	buf_fini(&once);
	buf_fini(&twice);
}

static void strangers_do_not_sign(void **state)
{
	(void)state;
	handler_expect("roster propose --from v1.note --suspend us -o v2.note", 0);
	sign("v2.note", "br/keys/delegation.key", 5);
	sign("v2.note", "br/keys/log.key", 5);
	sign("v2.note", "eu/keys/tls.key", 1);
	sign("v2.note", "eu/keys/none.key", 1);
	assert_int_equal(chmod("eu/keys/log.key", 0644), 0);
	sign("v2.note", "eu/keys/log.key", 6);
	assert_int_equal(chmod("eu/keys/log.key", 0600), 0);
	handler_expect("roster sign --key eu/keys/delegation.key eu/region.txt", 1);
	handler_expect("roster sign v2.note", 2);
	handler_expect("roster sign --key eu/keys/delegation.key", 2);
	handler_expect("roster sign --key a --key", 2);
}

static void a_damaged_line_is_seen(void **state)
{
	struct buf note = {0};
	uint8_t *line;

	(void)state;
	handler_read("v1.note", &note);
	/* the second of a signature's digits that are no key id */
	line = memmem(note.p, note.n, "ims.example/eu/delegation ", 26);
	for (uint8_t *p = line; p;
	     p = memmem(p + 1, note.n - (size_t)(p + 1 - note.p), "ims.example/eu/delegation ", 26))
		line = p;
	line[26 + 20] = line[26 + 20] == 'A' ? 'B' : 'A';
	buf_put_u8(&note, 0);
	handler_write("a.note", (char *)note.p);
	sign("a.note", "eu/keys/delegation.key", 5);
	assert_printed(&handler_err, "does not verify");
	handler_expect("roster verify a.note", 0); /* R1 alone decides */
	assert_printed(&handler_out, "bad ");
	buf_fini(&note);
}

static void wrong_proposals(void **state)
{
	static const struct {
		const char *line;
		int code;
	} rows[] = {
		{"roster propose", 2},
		{"roster propose --genesis", 2},
		{"roster propose --genesis --federation ims.example --from v1.note", 2},
		{"roster propose --from v1.note --federation ims.example", 2},
		{"roster propose --from v1.note --colour", 2},
		{"roster propose --from v1.note --rules x", 2},
		{"roster propose --from v1.note --rules 0", 1},
		{"roster propose --from v1.note eu/region.txt", 2},
		{"roster propose --from v1.note --add eu/region.txt", 1},
		{"roster propose --from v1.note --set-card br/region.txt", 1},
		{"roster propose --from v1.note --suspend br", 1},
		{"roster propose --from v1.note --close eu 7", 1},
		{"roster propose --from v1.note --close eu 7 12", 1},
		{"roster propose --from v1.note --close eu:7", 1},
		{"roster propose --from v1.note --close eu: 7 12", 2},
		{"roster propose --from v1.note --open eu:", 1},
		{"roster propose --from v1.note --close eu x " ROOT_HEX, 2},
		{"roster propose --from v1.note --close br 7 " ROOT_HEX, 1},
		{"roster propose --from v1.note --open eu key", 1},
		{"roster propose --from v1.note --close eu 7 " ROOT_HEX " --open eu key", 1},
		{"roster propose --from v1.note --replicated 3 irs", 1},
		{"roster propose --from v1.note --replicated 1 br", 1},
		{"roster propose --from v2.note", 1},
		{"roster propose --genesis --federation ims.test ./eu/region.txt", 1},
		{"roster propose --genesis --federation ims.example", 1},
		{"roster propose --genesis --federation ims.example irs/region.txt", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		handler_expect(rows[i].line, rows[i].code);
		assert_int_equal(handler_out.n, 0);
	}
	handler_expect("roster propose --from v1.note --replicated 1 irs -- eu", 0);
	assert_printed(&handler_out, "replicated 1 eu irs\n");
	handler_expect("roster verify", 2);
	handler_expect("roster verify --genesis-hash 12 v1.note", 2);
}

#define TEST(f) cmocka_unit_test_setup(f, forget)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_federation_is_founded), TEST(a_draft_is_deterministic),
		TEST(a_chain_is_followed),     TEST(a_region_goes_on_in_its_next_incarnation),
		TEST(a_card_is_replaced),      TEST(a_delegation_signs_once),
		TEST(strangers_do_not_sign),   TEST(a_damaged_line_is_seen),
		TEST(wrong_proposals),
	};

	return cmocka_run_group_tests(tests, found, handler_leave);
}
