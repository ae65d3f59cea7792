/* SPDX-License-Identifier: Apache-2.0 */
/* The configuration: values, defaults, messages with file and line, print as a fixpoint. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"

#define HASH64 "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF"
#define LEAST "federation = ims.example\nregion = eu\ndata_dir = /d\nroster_hash = " HASH64 "\n"

static struct conf *parsed(const char *text)
{
	struct errtext e = {""};
	struct conf *c = NULL;
	int r = conf_parse(bytes_of(text), "t.conf", "/etc/imsd", &c, &e);

	if (r)
		print_message("%s\n", e.text);
	assert_int_equal(r, 0);
	return c;
}

static void refused(const char *text, int err, const char *message)
{
	struct errtext e = {""};
	struct conf *c = NULL;

	assert_int_equal(conf_parse(bytes_of(text), "t.conf", "/etc/imsd", &c, &e), err);
	assert_null(c);
	assert_string_equal(e.text, message);
}

static void defaults_follow_other_options(void **state)
{
	struct conf *c = parsed(LEAST "keys_dir = keys\n");

	(void)state;
	assert_string_equal(c->federation, "ims.example");
	assert_string_equal(c->region, "eu");
	assert_string_equal(c->commit_log_dir, "/d/ring");
	assert_string_equal(c->keys_dir, "/etc/imsd/keys");
	assert_string_equal(c->log_key_file, "/etc/imsd/keys/log.key");
	assert_string_equal(c->tls_cert_file, "/etc/imsd/keys/tls.crt");
	assert_string_equal(c->listen, "0.0.0.0:7443");
	assert_string_equal(c->bind_ip, "");
	assert_string_equal(c->user, "");
	assert_string_equal(c->reference_dir, IMS_PREFIX "/share/imsd/reference");
	assert_int_equal(c->roster_hash.b[1], 0x11);
	assert_int_equal(c->roster_hash.b[31], 0xff);
	assert_int_equal(c->map_bytes, (int64_t)1 << 30);
	assert_int_equal(c->map_max_bytes, (int64_t)1 << 40);
	assert_int_equal(c->map_low_percent, 90);
	assert_int_equal(c->ping_ms, 10000);
	assert_int_equal(c->commit_quiet_ms, 20);
	assert_int_equal(c->log_level, SAY_INFO);
	conf_free(c);
	conf_free(NULL);
}

static void units_are_read(void **state)
{
	struct conf *c = parsed(LEAST "map_bytes = 16777216\nring_bytes = \"65536 KiB\"\nping_ms = 2min\n"
				      "dead_ms = \"1 h\"\ncommit_quiet_ms = 0\nlog_level = debug # loud\n"
				      "disk_low_bytes = 0\nlisten = '[::1]:0'\nbind_ip = 127.0.0.2");

	(void)state;
	assert_int_equal(c->map_bytes, 16777216);
	assert_int_equal(c->ring_bytes, 64 << 20);
	assert_int_equal(c->ping_ms, 120000);
	assert_int_equal(c->dead_ms, 3600000);
	assert_int_equal(c->commit_quiet_ms, 0);
	assert_int_equal(c->log_level, SAY_DEBUG);
	assert_string_equal(c->listen, "[::1]:0");
	conf_free(c);
}

static void errors_name_file_and_line(void **state)
{
	static const struct {
		const char *text;
		int err;
		const char *message;
	} cases[] = {
		{"# '\n# \"\nuser = '#\\'' # c\nuser = '' # d", IMS_E_DUPLICATE,
		 "t.conf:4: option 'user' stands twice"},
		{"", IMS_E_MISSING, "t.conf: option 'federation' is required"},
		{"region = eu\n\nfoo = 1\n", IMS_E_INVALID, "t.conf:3: no such option 'foo'"},
		{"region = eu\nregion = mx\n", IMS_E_DUPLICATE, "t.conf:2: option 'region' stands twice"},
		{"region = \"EU\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'region' must be: region code: a small letter, then 1 to 11 small letters "
		 "or "
		 "digits"},
		{"region = \"\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'region' must be: region code: a small letter, then 1 to 11 small letters "
		 "or "
		 "digits"},
		{"region = 1a\n", IMS_E_INVALID,
		 "t.conf:1: option 'region' must be: region code: a small letter, then 1 to 11 small letters "
		 "or "
		 "digits"},
		{"# c\nmap_bytes = 1KiB\n", IMS_E_INVALID,
		 "t.conf:2: option 'map_bytes' must be 16MiB to 64TiB"},
		{"map_bytes = 1GB\n", IMS_E_INVALID,
		 "t.conf:1: option 'map_bytes' must be: size: a whole number with B, KiB, MiB, GiB or TiB"},
		{"map_bytes = \"-1\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'map_bytes' must be: size: a whole number with B, KiB, MiB, GiB or TiB"},
		{"map_bytes = 9223372036854775807TiB\n", IMS_E_INVALID,
		 "t.conf:1: option 'map_bytes' must be 16MiB to 64TiB"},
		{"ping_ms = 1.5s\n", IMS_E_INVALID,
		 "t.conf:1: option 'ping_ms' must be: time: a whole number with ms, s, min or h"},
		{"map_low_percent = 9\n", IMS_E_INVALID,
		 "t.conf:1: option 'map_low_percent' must be 10 to 99"},
		{"roster_hash = 00\n", IMS_E_INVALID,
		 "t.conf:1: option 'roster_hash' must be: 64 hexadecimal digits"},
		{"log_level = loud\n", IMS_E_INVALID,
		 "t.conf:1: option 'log_level' must be: error, warn, info or debug"},
		{"listen = \"localhost:1\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'listen' must be: IP:PORT, an IPv6 address in brackets"},
		{"listen = \"1.2.3.4:65536\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'listen' must be: IP:PORT, an IPv6 address in brackets"},
		{"bind_ip = \"1.2.3.4:5\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'bind_ip' must be: IP address"},
		{"bind_ip = \"1.2.3\"\n", IMS_E_INVALID, "t.conf:1: option 'bind_ip' must be: IP address"},
		{"user = \"a\\x01b\"\n", IMS_E_INVALID,
		 "t.conf:1: option 'user' must be UTF-8 text without control characters"},
		{LEAST "ping_ms = 25s\n", IMS_E_INVALID, "t.conf: option 'dead_ms' must be above 'ping_ms'"},
		{LEAST "map_bytes = 2TiB\n", IMS_E_INVALID,
		 "t.conf: option 'map_max_bytes' must be above 'map_bytes'"},
		{LEAST "commit_dirty_bytes = 64MiB\n", IMS_E_INVALID,
		 "t.conf: option 'ring_bytes' must be above 'commit_dirty_bytes'"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		refused(cases[i].text, cases[i].err, cases[i].message);
}

/* A largest frame above the mark where output stops must fit: less lost messages and stopped replication. */
static void output_too_small_for_a_frame_is_refused(void **state)
{
	(void)state;
	refused("output_max_bytes = 1MiB\n", IMS_E_INVALID,
		"t.conf:1: option 'output_max_bytes' must be 4MiB to 1GiB");
}

static void broken_syntax_is_refused(void **state)
{
	static const char *const cases[] = {
		"region\n",
		"region eu\n",
		"region = \n= 3\n",
		"region = {a, b}\n",
		"region = \"eu\n",
		"region += eu\n",
		"}\n",
		"a {\nregion = eu\n}\n",
		"include(\"x\")\n",
		"region = 'eu\n",
	};
	struct errtext e;
	struct conf *c;
	int r;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		e.text[0] = '\0';
		r = conf_parse(bytes_of(cases[i]), "t.conf", "/", &c, &e);
		assert_true(r == IMS_E_SYNTAX || r == IMS_E_INVALID || r == IMS_E_MISSING);
		assert_memory_equal(e.text, "t.conf:", 7);
		r = conf_parse(bytes_of(cases[i]), "t.conf", "/", &c, NULL);
		assert_true(r < 0);
	}
	assert_int_equal(conf_parse(BYTES("region\0", 7), "t.conf", "/", &c, &e), IMS_E_SYNTAX);
}

static void paths_have_a_limit(void **state)
{
	char text[8192];

	(void)state;
	snprintf(text, sizeof(text), "control_socket = \"/%0100d\"", 0);
	refused(text, IMS_E_INVALID, "t.conf:1: option 'control_socket' must have 1 to 100 bytes, has 101");
	/* also where the default is built on another option */
	snprintf(text, sizeof(text),
		 "federation = f\nregion = eu\nroster_hash = " HASH64 "\ndata_dir = \"/%090d\"\n", 0);
	refused(text, IMS_E_INVALID,
		"t.conf: option 'control_socket', by default "
		"'/0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
		"00/control.', must have 1 to 100 bytes, has 104");
}

static void assert_fixpoint(const struct conf *c)
{
	struct buf first = {0}, second = {0};
	struct conf *again;

	conf_print(c, &first);
	again = parsed(buf_text(&first));
	conf_print(again, &second);
	assert_string_equal(buf_text(&first), buf_text(&second));
	assert_null(conf_fixed_change(c, again));
	conf_free(again);
	buf_fini(&first);
	buf_fini(&second);
}

static void print_parse_print_is_a_fixpoint(void **state)
{
	struct conf *c = parsed(LEAST);

	(void)state;
	assert_fixpoint(c);
	conf_free(c);
	c = parsed(
		"federation = 'a \"quoted\" \\\\ $HOME ${HOME} # \xc3\xa9'\nregion = mx\ndata_dir = 'x y'\n"
		"roster_hash = " HASH64 "\nmap_bytes = 1073741825\nping_ms = 1001ms\ndead_ms = 90s\n"
		"disk_low_bytes = 0\nbind_ip = \"::1\"\nlog_level = error\n");
	assert_string_equal(c->federation, "a \"quoted\" \\ $HOME ${HOME} # \xc3\xa9");
	assert_string_equal(c->data_dir, "/etc/imsd/x y");
	assert_fixpoint(c);
	conf_free(c);
}

static void a_fixed_option_is_found(void **state)
{
	struct conf *a = parsed(LEAST "log_level = info\n"), *b = parsed(LEAST "log_level = debug\n");
	struct conf *other = parsed(LEAST "ping_ms = 1s\nlog_level = debug\n");

	(void)state;
	assert_null(conf_fixed_change(a, b));
	assert_string_equal(conf_fixed_change(a, other), "ping_ms");
	conf_free(a);
	conf_free(b);
	conf_free(other);
}

/* The repository's top: from IMS_TOP, or from where this file was compiled. */
static char *top_path(const char *name, char *out, size_t size)
{
	const char *top = getenv("IMS_TOP");
	char here[] = __FILE__;
	char *cut = strstr(here, "tests/unit/");

	assert_non_null(cut);
	*cut = '\0';
	snprintf(out, size, "%s%s%s", top ? top : here, top ? "/" : "", name);
	return out;
}

static void the_sample_is_a_configuration(void **state)
{
	char path[1024];
	struct errtext e = {""};
	struct conf *c = NULL;

	(void)state;
	assert_int_equal(conf_load(top_path("config/imsd.conf.sample", path, sizeof(path)), &c, &e), 0);
	assert_string_equal(c->region, "eu");
	assert_string_equal(c->tls_key_file, "/etc/imsd/keys/tls.key");
	assert_fixpoint(c);
	conf_free(c);
}

/* What the sample shows commented out is an option with its default (or, for bind_ip, one). */
static void the_sample_shows_defaults(void **state)
{
	char path[1024], line[512], name[64];
	struct conf *c = NULL;
	struct buf printed = {0};
	FILE *f;
	int found = 0;

	(void)state;
	assert_int_equal(conf_load(top_path("config/imsd.conf.sample", path, sizeof(path)), &c, NULL), 0);
	conf_print(c, &printed);
	f = fopen(path, "r");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "#%63[a-z_] = ", name) != 1 || strcmp(name, "bind_ip") == 0)
			continue;
		assert_non_null(strstr(buf_text(&printed), line + 1));
		found++;
	}
	assert_true(found > 10);
	fclose(f);
	buf_fini(&printed);
	conf_free(c);
}

static void files_are_read(void **state)
{
	char dir[] = "/tmp/imsd-conf-XXXXXX", path[64];
	struct errtext e = {""};
	struct conf *c = NULL;
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/x.conf", dir);
	assert_int_equal(conf_load(path, &c, &e), IMS_E_NOT_FOUND);
	assert_non_null(strstr(e.text, "No such file"));
	assert_int_equal(conf_load(dir, &c, &e), IMS_E_IO);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(LEAST "keys_dir = k\n", f);
	fclose(f);
	assert_int_equal(conf_load(path, &c, &e), 0);
	assert_memory_equal(c->keys_dir, dir, strlen(dir));
	assert_string_equal(c->keys_dir + strlen(dir), "/k");
	conf_free(c);
	f = fopen(path, "w");
	assert_non_null(f);
	for (int i = 0; i < CONF_FILE_MAX_BYTES / 8 + 1; i++)
		fputs("#######\n", f);
	fclose(f);
	assert_int_equal(conf_load(path, &c, &e), IMS_E_LIMIT);
	unlink(path);
	rmdir(dir);
}

static void the_manual_names_every_option(void **state)
{
	static const char *const names[] = {
#define GROUP(title, text)
#define OPT(name, ...) ".TP\n.B " #name "\n",
#include "conf/options.def"
#undef OPT
#undef GROUP
	};
	struct buf man = {0};
	const char *text;

	(void)state;
	conf_print_man(&man);
	text = buf_text(&man);
	assert_memory_equal(text, ".TH IMSD.CONF 5 ", 16);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_non_null(strstr(text, names[i]));
	assert_non_null(strstr(text, "Default: \\fIdata_dir\\fR/ring.\n"));
	assert_non_null(strstr(text, "10 to 99 percent of map_max_bytes.\n"));
	assert_non_null(strstr(text, "Required.\n"));
	buf_fini(&man);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_follow_other_options),
		cmocka_unit_test(units_are_read),
		cmocka_unit_test(errors_name_file_and_line),
		cmocka_unit_test(output_too_small_for_a_frame_is_refused),
		cmocka_unit_test(broken_syntax_is_refused),
		cmocka_unit_test(paths_have_a_limit),
		cmocka_unit_test(print_parse_print_is_a_fixpoint),
		cmocka_unit_test(a_fixed_option_is_found),
		cmocka_unit_test(the_sample_is_a_configuration),
		cmocka_unit_test(the_sample_shows_defaults),
		cmocka_unit_test(files_are_read),
		cmocka_unit_test(the_manual_names_every_option),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
