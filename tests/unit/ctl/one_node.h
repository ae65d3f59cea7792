/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A whole node in the test's own process and loop: a federation of one region (eu) in a fresh
 * folder, and a client on its local socket. For test programs that link libcrypto and protobuf-c.
 */
#ifndef TESTS_CTL_ONE_NODE_H
#define TESTS_CTL_ONE_NODE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#include "pb/ctl.pb-c.h"
#include "pb/registry.pb-c.h"

#include "unit/net/certs.h"
#include "unit/registry/payload.h"
#include "unit/replication/roster_world.h"
#include "unit/store/tmpdir.h"

#include "base/say.h"
#include "base/text.h"
#include "crypto/random.h"
#include "ctl/ctl.h"
#include "wire/codec.h"
#include "wire/frame.h"

#define ONE_ORIGIN "ims.example/eu/1"
#ifndef ONE_OTHERS /* regions of whom nothing is ever heard */
#define ONE_OTHERS ""
#endif
#define ONE_TEXT                                                                                             \
	"ims-roster/1\nfederation ims.example\nversion 1\nprevious " WORLD_ZEROS "\nrules 1\n"               \
	"replicated 1 eu\n" WORLD_REGION("eu", "participant", "") ONE_OTHERS
#define ONE_PATIENCE_MS 10000
#define ONE_REPLIES_MAX 64

struct one_reply {
	uint64_t id;
	int err;
	char text[512];
	struct buf body;
};

struct one_node {
	char *dir, *command, *socket, *ring_path, *cert, *key;
	struct loop *loop;
	struct loop_timer *patience;
	struct store *store;
	struct ring *ring;
	struct net_tls *tls;
	struct roster *roster;
	struct reference *reference;
	struct note_signer log_signer, cosigner;
	struct ctl *ctl;
	struct node *node;
	/* the client */
	struct net_conn *conn;
	uint64_t last_id;
	struct one_reply reply[ONE_REPLIES_MAX]; /* as they came */
	size_t n_replies;
};

/* ---- the node */
static inline void one_open(struct one_node *w)
{
	uint8_t instance[RING_INSTANCE_BYTES];
	char dir_cert[256], *reference_dir;

	w->dir = tmpdir_new();
	w->socket = mem_printf("unix:%s/s", w->dir);
	w->ring_path = tmpdir_path(w->dir, "ring");
	w->command = tmpdir_path(w->dir, "verify");
	certs_make(w->dir, "node", &(struct certs_spec){.uris = {"ims://ims.example/eu/node"}});
	certs_path(dir_cert, w->dir, "node", "crt");
	w->cert = mem_strdup(dir_cert);
	certs_path(dir_cert, w->dir, "node", "key");
	w->key = mem_strdup(dir_cert);
	w->roster = world_roster(ONE_TEXT, "eu/da");
	w->log_signer = world_signer(BYTES_LIT("eu/l1a"), false);
	w->cosigner = world_signer(BYTES_LIT("eu/ca"), false);
	crypto_random(instance, sizeof(instance));
	reference_dir = mem_printf("%s/config/reference", top_dir());
	assert_int_equal(reference_load(reference_dir, &w->reference, NULL), 0);
	free(reference_dir);
	assert_int_equal(store_open(&(struct store_opts){.dir = w->dir,
							 .tables = ledger_tables,
							 .n_tables = TABLE_COUNT,
							 .max_extra_tables = 30,
							 .map_bytes = 32u << 20,
							 .map_max_bytes = 64u << 20},
				    &w->store, NULL),
			 0);
	assert_int_equal(ring_open(&(struct ring_opts){.path = w->ring_path,
						       .size_bytes = 1u << 20,
						       .instance = instance,
						       .create = true},
				   &w->ring, NULL),
			 0);
	assert_int_equal(net_tls_new(&(struct net_tls_opts){.cert_path = w->cert,
							    .key_path = w->key,
							    .alpn = (const char *const[]){"ims/1"},
							    .n_alpn = 1},
				     &w->tls, NULL),
			 0);
	assert_int_equal(loop_new(&w->loop), 0);
}

static inline void one_start(struct one_node *w)
{
	struct errtext why = {""};

	w->ctl = ctl_new(&(struct ctl_opts){.verify_command = w->command, .config_path = "the.conf"});
	if (node_new(&(struct node_opts){.loop = w->loop,
					 .commit = {.store = w->store,
						    .ring = w->ring,
						    .federation = "ims.example",
						    .region = "eu",
						    .origin = ONE_ORIGIN,
						    .log_signer = &w->log_signer,
						    .cosigner = &w->cosigner,
						    .roster = w->roster,
						    .reference = w->reference,
						    .quiet_ms = 20,
						    .head_interval_ms = 50,
						    .dirty_max_bytes = 1u << 20,
						    .map_low_percent = 90,
						    .gate_open = true},
					 .tls = w->tls,
					 .tls_roster = w->tls,
					 .listen = "127.0.0.1:0",
					 .control_socket = w->socket,
					 .software = "imsd/test",
					 .max_connections = 8,
					 .output_max_bytes = 8u << 20,
					 .window_bytes = 1u << 20,
					 .ping_ms = 5000,
					 .dead_ms = 15000,
					 .reconnect_min_ms = 100,
					 .reconnect_max_ms = 1000,
					 .request = ctl_request,
					 .request_ctx = w->ctl},
		     &w->node, &why))
		fail_msg("%s", why.text);
	assert_int_equal(ctl_start(w->ctl, w->node), 0);
}

/* In the daemon's order. */
static inline void one_stop(struct one_node *w)
{
	ctl_stop(w->ctl);
	node_stop(w->node);
	loop_free(w->loop);
	node_free(w->node);
	ctl_free(w->ctl);
	net_tls_unref(w->tls);
	ring_close(w->ring);
	store_close(w->store);
	reference_free(w->reference);
	roster_unref(w->roster);
	note_signer_fini(&w->log_signer);
	note_signer_fini(&w->cosigner);
	free(w->socket);
	free(w->ring_path);
	free(w->command);
	free(w->cert);
	free(w->key);
	tmpdir_free(w->dir);
}

#endif
