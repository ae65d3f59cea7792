/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The composition root: everything is opened here, each part gets its own options, nobody else
 * reads the configuration.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "base/failpoint.h"
#include "base/crash.h"
#include "base/say.h"
#include "base/sched.h"
#include "crypto/random.h"
#include "ctl/ctl.h"
#include "main/main_int.h"
#include "note/note.h"
#include "peer/node.h"
#include "programme/acts.h"
#include "registry/registry.h"
#include "search/search.h"
#include "store/ring.h"
#include "view/poison.h"

#define GOODBYE_MS 200 /* for the last messages to leave */

struct daemon {
	const char *config_path;
	struct conf *conf;
	struct loop *loop;
	struct store *store;
	struct ring *ring;
	struct poison *poison;
	struct roster *roster;
	struct reference *reference;
	struct note_signer log_signer, cosigner;
	struct net_tls *tls, *tls_roster;
	struct search *search;
	struct ctl *ctl;
	struct node *node;
	struct loop_signal *on_term, *on_int, *on_hup;
	struct loop_timer *end;
	char origin[ORIGIN_MAX_BYTES + 1];
	bool stopping;
};

static int failed(const char *area, const char *object, int err, const struct errtext *why)
{
	if (why && strncmp(why->text, object, strlen(object)) == 0) { /* named once is enough */
		say(SAY_ERROR, area, "%s (%s)", why->text, ims_strerror(err));
		return err;
	}
	say(SAY_ERROR, area, "%s: %s%s%s", object, ims_strerror(err), why && why->text[0] ? ": " : "",
	    why ? why->text : "");
	return err;
}

/* The incarnation that this node writes: the last of its region, also when that is closed, to serve what it
 * has; 1 for a learner. A key of a later one says that the roster here is old: a machine that was lost
 * begins with version 1, and finds the rest at its peers. */
static int own_origin(struct daemon *d, const struct note_vkey *key)
{
	const struct roster_region *r = roster_region(d->roster, bytes_of(d->conf->region));
	uint64_t n = r ? r->incarnations[r->n_incarnations - 1].number : 1;
	struct origin_parts named;

	if (strcmp(d->roster->federation, d->conf->federation) != 0)
		return failed("roster", d->conf->federation, IMS_E_FEDERATION,
			      &(struct errtext){"the roster names another"});
	if (origin_parse(bytes_of(key->name), &named) == 0 && bytes_eq_text(named.region, d->conf->region) &&
	    named.incarnation > n)
		n = named.incarnation;
	snprintf(d->origin, sizeof(d->origin), "%s/%s/%llu", d->conf->federation, d->conf->region,
		 (unsigned long long)n);
	return 0;
}

static int check_signer(const char *path, const char *name, enum note_key_type type,
			const struct note_signer *signer)
{
	struct errtext why;

	if (strcmp(signer->vkey.name, name) == 0 && signer->vkey.type == type)
		return 0;
	snprintf(why.text, sizeof(why.text), "holds a key of %.80s, needed is one of %.80s%s", signer->vkey.name,
		 name, type == NOTE_KEY_ED25519 ? " (ims init --log-key N makes it)" : "");
	return failed("keys", path, IMS_E_INVALID, &why);
}

static int load_signer(const char *path, struct note_signer *ret)
{
	struct errtext why = {""};
	int err = note_signer_load(path, ret, &why);

	return err ? failed("keys", path, err, &why) : 0;
}

/* The keys, and with them what this node writes. */
static int load_keys(struct daemon *d)
{
	char cosigner[ORIGIN_MAX_BYTES + 1];
	int err = load_signer(d->conf->log_key_file, &d->log_signer);

	if (!err)
		err = load_signer(d->conf->cosigner_key_file, &d->cosigner);
	if (!err)
		err = own_origin(d, &d->log_signer.vkey);
	if (!err)
		err = check_signer(d->conf->log_key_file, d->origin, NOTE_KEY_ED25519, &d->log_signer);
	snprintf(cosigner, sizeof(cosigner), "%s/%s", d->conf->federation, d->conf->region);
	return err ? err : check_signer(d->conf->cosigner_key_file, cosigner, NOTE_KEY_COSIGN_V1, &d->cosigner);
}

/* With another's name on it no peer would let the node in. */
static int check_name(const struct conf *c, struct net_tls *t, struct errtext *why)
{
	const char *uri = net_tls_self(t)->uri;
	char own[200];

	snprintf(own, sizeof(own), "ims://%s/%s/node", c->federation, c->region);
	return strcmp(uri, own) == 0 ? 0 : errtext_set(why, IMS_E_CERT_REGION, "it names %s, not %s", uri, own);
}

static int load_tls(const struct conf *c, struct net_tls **ret, struct net_tls **ret_roster)
{
	static const char *const both[] = {"ims/1", "ims-roster/1"};
	struct net_tls_opts server = {c->tls_cert_file, c->tls_key_file, both, 2};
	struct net_tls_opts roster_only = {c->tls_cert_file, c->tls_key_file, both + 1, 1};
	struct errtext why = {""};
	int err = net_tls_new(&server, ret, &why);

	if (!err) {
		err = check_name(c, *ret, &why);
		if (!err)
			err = net_tls_new(&roster_only, ret_roster, &why);
		if (err) {
			net_tls_unref(*ret);
			*ret = NULL;
		}
	}
	return err ? failed("tls", c->tls_cert_file, err, &why) : 0;
}

static int open_ring(struct daemon *d)
{
	char path[4200];
	uint8_t instance[RING_INSTANCE_BYTES];
	struct errtext why = {""};
	int err;

	crypto_random(instance, sizeof(instance));
	snprintf(path, sizeof(path), "%s/commit.ring", d->conf->commit_log_dir);
	err = ring_open(&(struct ring_opts){.path = path,
					    .size_bytes = (uint64_t)d->conf->ring_bytes,
					    .instance = instance,
					    .create = true},
			&d->ring, &why);
	return err ? failed("commit log", path, err, &why) : 0;
}

static int open_poison(struct daemon *d)
{
	char path[4200];
	struct poison_row last;
	struct errtext why = {""};
	int err;

	snprintf(path, sizeof(path), "%s/folding", d->conf->data_dir);
	err = poison_open(path, IMS_VERSION, &d->poison, &last, &why);
	if (err)
		return failed("view", path, err, &why);
	if (last.crashes)
		say(SAY_ERROR, "view",
		    "the last process died of signal %u while it folded %s index %llu, %u times now%s", last.signo,
		    last.origin, (unsigned long long)last.index, last.crashes,
		    last.crashes >= POISON_CRASHES ? ": it is quarantined, a hole in the view" : "");
	crash_watch(poison_crashed);
	crash_own_stack();
	return 0;
}

static int open_all(struct daemon *d)
{
	struct errtext why = {""};
	int err = make_dir(d->conf->data_dir);

	if (!err)
		err = make_dir(d->conf->commit_log_dir);
	if (!err)
		err = open_store(d->conf, false, &d->store);
	if (!err)
		err = open_ring(d);
	if (!err)
		err = open_poison(d);
	if (!err)
		err = open_roster(d->conf, d->store, &d->roster);
	if (!err)
		err = load_keys(d);
	if (!err)
		err = load_tls(d->conf, &d->tls, &d->tls_roster);
	if (!err) {
		err = reference_load(d->conf->reference_dir, &d->reference, &why);
		if (err)
			failed("reference lists", "reference_dir", err, &why);
	}
	return err;
}

static void make_verbs(struct daemon *d)
{
	const struct ctl_opts o = {
		.verify_command = "/proc/self/exe",
		.config_path = d->config_path,
		.operator_roles = d->conf->operator_roles,
		.search = d->search,
	};

	d->ctl = ctl_new(&o);
}

static int start_node(struct daemon *d)
{
	const struct conf *c = d->conf;
	struct errtext why = {""};
	struct node_opts no = {
		.loop = d->loop,
		.commit = {.store = d->store,
			   .ring = d->ring,
			   .federation = c->federation,
			   .region = c->region,
			   .origin = d->origin,
			   .log_signer = &d->log_signer,
			   .cosigner = &d->cosigner,
			   .roster = d->roster,
			   .reference = d->reference,
			   .poison = d->poison,
			   .quiet_ms = c->commit_quiet_ms,
			   .head_interval_ms = c->head_interval_ms,
			   .dirty_max_bytes = (uint64_t)c->commit_dirty_bytes,
			   .disk_low_bytes = (uint64_t)c->disk_low_bytes,
			   .map_low_percent = (unsigned)c->map_low_percent,
			   .gate_open = d->roster->n_regions == 1},
		.tls = d->tls,
		.tls_roster = d->tls_roster,
		.listen = c->listen,
		.control_socket = NULL,
		.bind_ip = c->bind_ip,
		.software = "imsd/" IMS_VERSION,
		.max_connections = (unsigned)c->max_connections,
		.output_max_bytes = (size_t)c->output_max_bytes,
		.window_bytes = (size_t)c->fetch_window_bytes,
		.documents_max_bytes = (uint64_t)c->quota_documents_bytes,
		.quota = {c->quota_entries_per_s, c->quota_entries_burst, c->quota_bytes_per_s,
			  c->quota_bytes_burst, (uint64_t)c->quota_disk_bytes},
		.peer_cpu_percent = (unsigned)c->peer_cpu_percent,
		.ping_ms = c->ping_ms,
		.dead_ms = c->dead_ms,
		.reconnect_min_ms = c->reconnect_min_ms,
		.reconnect_max_ms = c->reconnect_max_ms,
		.request = ctl_request,
	};
	static char control[128];
	int err;

	snprintf(control, sizeof(control), "unix:%s", c->control_socket);
	no.control_socket = control;
	make_verbs(d);
	no.request_ctx = d->ctl;
	err = node_new(&no, &d->node, &why);
	if (err)
		return failed("node", d->origin, err, &why);
	err = ctl_start(d->ctl, d->node);
	if (err)
		return failed("node", "verbs", err, NULL);
	say(SAY_INFO, "node", "%s listens on %s, roster %llu", d->origin, node_address(d->node),
	    (unsigned long long)d->roster->version);
	return 0;
}

/* Without it the node runs as well: who asks hears that there is none. */
static void start_search(struct daemon *d)
{
	struct errtext why = {""};
	const struct search_opts o = {.dir = d->conf->search_dir, .store = d->store, .reference = d->reference};
	int err = *o.dir ? search_start(&o, &d->search, &why) : 0;

	if (err)
		(void)failed("search", d->conf->search_dir, err, &why);
}

static void on_stop(void *ctx)
{
	struct daemon *d = ctx;

	if (d->stopping)
		return;
	d->stopping = true;
	say(SAY_INFO, "node", "stopping");
	FAILPOINT(STOP_BEGUN);
	search_quit(d->search);
	node_leave(d->node);
	loop_timer_arm_ms(d->end, GOODBYE_MS);
}

static void on_end(void *ctx)
{
	struct daemon *d = ctx;

	loop_stop(d->loop);
}

/* A bad file changes nothing: what runs goes on with what it has. */
static void on_reload(void *ctx)
{
	struct daemon *d = ctx;
	struct net_tls *tls, *tls_roster;
	struct errtext why = {""};
	struct conf *next;
	const char *fixed;
	int err = conf_load(d->config_path, &next, &why);

	if (err) {
		failed("reload", d->config_path, err, &why);
		return;
	}
	fixed = conf_fixed_change(d->conf, next);
	if (fixed) {
		say(SAY_WARN, "reload", "%s: %s cannot change without a restart; nothing is changed",
		    d->config_path, fixed);
		conf_free(next);
		return;
	}
	if (load_tls(next, &tls, &tls_roster) == 0) {
		node_set_tls(d->node, tls, tls_roster);
		net_tls_unref(d->tls);
		net_tls_unref(d->tls_roster);
		d->tls = tls;
		d->tls_roster = tls_roster;
	}
	say_set_level(next->log_level);
	say(SAY_INFO, "reload", "%s: log level and certificate are taken over", d->config_path);
	conf_free(next);
}

static int loop_open(struct daemon *d)
{
	int err = loop_new(&d->loop);

	if (err)
		return failed("start", "event loop", err, NULL);
	d->on_term = loop_signal_new(d->loop, SIGTERM, on_stop, d);
	d->on_int = loop_signal_new(d->loop, SIGINT, on_stop, d);
	d->on_hup = loop_signal_new(d->loop, SIGHUP, on_reload, d);
	d->end = loop_timer_new(d->loop, on_end, d);
	return 0;
}

/* In the order of dependence; posts of the writer are delivered by loop_free(). */
static void close_all(struct daemon *d)
{
	search_quit(d->search);
	if (d->ctl)
		ctl_stop(d->ctl);
	search_stop(d->search);
	if (d->node)
		node_stop(d->node);
	loop_signal_free(d->on_term);
	loop_signal_free(d->on_int);
	loop_signal_free(d->on_hup);
	loop_timer_free(d->end);
	loop_free(d->loop);
	node_free(d->node);
	ctl_free(d->ctl);
	net_tls_unref(d->tls);
	net_tls_unref(d->tls_roster);
	note_signer_fini(&d->log_signer);
	note_signer_fini(&d->cosigner);
	reference_free(d->reference);
	roster_unref(d->roster);
	ring_close(d->ring);
	poison_close(d->poison);
	store_close(d->store);
	conf_free(d->conf);
}

static void raise_file_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

int run(const char *config_path)
{
	struct daemon d = {.config_path = config_path};
	struct errtext why = {""};
	int err;

	signal(SIGPIPE, SIG_IGN);
	raise_file_limit();
	err = conf_load(config_path, &d.conf, &why);
	if (err) {
		failed("config", why.text[0] ? why.text : config_path, err, NULL);
		return ims_error(err)->exit_code;
	}
	say_set_level(d.conf->log_level);
	err = actor_roles_check(d.conf->operator_roles, &why);
	if (err) {
		failed("config", "operator_roles", err, &why);
		return ims_error(err)->exit_code;
	}
	err = become_user(d.conf->user);
	if (!err)
		err = loop_open(&d);
	if (!err)
		err = open_all(&d);
	if (!err)
		start_search(&d);
	if (!err)
		err = start_node(&d);
	if (!err) {
		sched_ask_slice(SCHED_SHORT);
		err = loop_run(d.loop);
	}
	close_all(&d);
	if (err)
		return ims_error(err)->exit_code;
	say(SAY_INFO, "node", "stopped");
	return 0;
}
