# SPDX-License-Identifier: Apache-2.0
# imsd: build, install, check. Everything goes to build/ (SAN=asan|tsan: build/asan, build/tsan;
# FAIL=1, with failpoints: build/fail; CC=clang: build/clang). Folders and test programs are found,
# not listed: see node/LAYERS.

SHELL := /bin/bash
.DEFAULT_GOAL := all
MAKEFLAGS += --no-builtin-rules
.SECONDARY:
.DELETE_ON_ERROR:

VERSION := 0.1.0
CC ?= gcc
ifeq ($(origin CC),default)
CC := gcc
endif
SAN ?=
FAIL ?=
B := build$(if $(SAN),/$(SAN))$(if $(FAIL),/fail)$(if $(findstring clang,$(CC)),/clang)
PREFIX ?= /usr/local
DESTDIR ?=

PKGS := libevent libevent_openssl libssl libcrypto libprotobuf-c lmdb libzstd libconfuse jansson libarchive \
	libxml-2.0 sqlite3
PKG_CFLAGS := $(shell pkg-config --cflags $(PKGS) 2>/dev/null)
LIBS_imsd := -levent -levent_openssl -lssl -lcrypto -lprotobuf-c -llmdb -lzstd -lconfuse -ljansson -lsqlite3 -lm \
	-lpthread
LIBS_ims := -lssl -lcrypto -lprotobuf-c -lzstd -ljansson -larchive -lxml2
LIBS_all := $(LIBS_imsd) -larchive -lxml2

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wcast-qual \
	-Wpointer-arith -Wformat=2 -Wvla -Wundef -Werror
OPT ?= -O2 -g
HARDEN := -fstack-protector-strong -fno-omit-frame-pointer -D_FORTIFY_SOURCE=2
ifeq ($(SAN),asan)
OPT := -O1 -g
HARDEN := -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=undefined
else ifeq ($(SAN),tsan)
OPT := -O1 -g
HARDEN := -fno-omit-frame-pointer -fsanitize=thread
endif
CFLAGS_ALL := -std=gnu17 $(OPT) $(WARN) $(HARDEN) $(if $(FAIL),-DIMS_FAILPOINTS) \
	-D_GNU_SOURCE -DIMS_VERSION='"$(VERSION)"' -DIMS_PREFIX='"$(PREFIX)"' \
	-Iinclude -Inode -Iproto -I$(B)/gen $(PKG_CFLAGS) $(CFLAGS)
LDFLAGS_ALL := $(HARDEN) $(LDFLAGS)

# ---- sources: a folder of node/ is an archive; main and cli are programs -----------------------
FOLDERS := $(shell awk '/^[a-z]/ {print $$1}' node/LAYERS)
LIB_FOLDERS := $(filter-out main cli,$(FOLDERS))
# BELOW: peer=peer,view,...: a folder and what it may use, top first, as a linker wants archives
comma := ,
BELOW := $(shell awk '/^[a-z]/ {n[++k]=$$1; d[$$1]=" "$$0" "} \
	END {for (f in d) {s=""; for (i=k;i>0;i--) if (n[i]==f || index(d[f]," "n[i]" ")) \
	s=s (s==""?"":",") n[i]; print f "=" s}}' node/LAYERS)
below = $(subst $(comma), ,$(patsubst $(1)=%,%,$(filter $(1)=%,$(BELOW))))
archives = $(patsubst %,$(B)/lib/%.a,$(filter-out main cli,$(call below,$(1))))

PROTOS := $(wildcard proto/*.proto)
PB_C := $(patsubst proto/%.proto,$(B)/gen/pb/%.pb-c.c,$(PROTOS))
PB_H := $(PB_C:.c=.h)
PB_O := $(patsubst $(B)/gen/pb/%.c,$(B)/o/pb/%.o,$(PB_C))
PB_A := $(B)/lib/pb.a

objs = $(patsubst node/%.c,$(B)/o/%.o,$(wildcard node/$(1)/*.c))

# A program of one source and archives; its headers are remembered beside it, as an object's are.
program = $(CC) $(CFLAGS_ALL) -I$(B)/gen/pb -Itests -MMD -MP -MF $@.d -MT $@ -o $@ $< $(1) $(LDFLAGS_ALL)

.PHONY: FORCE all deps check check-run check-long lint unit sim powerloss tools fuzz fuzz-replay bench doc \
	install demo clean
all: $(B)/imsd $(B)/ims doc

$(B)/gen/pb/%.pb-c.c $(B)/gen/pb/%.pb-c.h &: proto/%.proto
	@mkdir -p $(B)/gen/pb
	@protoc-c --proto_path=proto --c_out=$(B)/gen/pb $<

# protobuf-c 1.4.1 shifts a signed 127 left by 25 in its parser (UBSan); its generated code is not ours
$(B)/o/pb/%.o: $(B)/gen/pb/%.c $(PB_H)
	@mkdir -p $(@D)
	@$(CC) -std=gnu17 $(OPT) $(HARDEN) -I$(B)/gen/pb -c -o $@ $<

$(B)/o/%.o: node/%.c | $(PB_H)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -I$(B)/gen/pb -MMD -MP -c -o $@ $<

# Where the installed lists are is compiled in: another PREFIX makes what says so anew.
$(B)/gen/prefix: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX)' | cmp -s - $@ || echo '$(PREFIX)' > $@
$(patsubst node/%.c,$(B)/o/%.o,$(shell grep -l 'IMS_PREFIX\|options\.def' node/*/*.c)): $(B)/gen/prefix
FORCE:

define folder_rule
$(B)/lib/$(1).a: $(call objs,$(1))
	@mkdir -p $$(@D)
	@rm -f $$@ && ar rcs $$@ $$^
endef
$(foreach f,$(LIB_FOLDERS),$(eval $(call folder_rule,$(f))))

$(PB_A): $(PB_O)
	@mkdir -p $(@D)
	@rm -f $@ && ar rcs $@ $^

$(B)/imsd: $(call objs,main) $(call archives,main) $(PB_A)
	@$(CC) $(LDFLAGS_ALL) -o $@ $(call objs,main) $(call archives,main) $(PB_A) $(LIBS_imsd)
	@echo "  built $@"

$(B)/ims: $(call objs,cli) $(call archives,cli) $(PB_A)
	@$(CC) $(LDFLAGS_ALL) -o $@ $(call objs,cli) $(call archives,cli) $(PB_A) $(LIBS_ims)
	@echo "  built $@"

# ---- tests: tests/unit/<folder>/test_*.c links its folder and what lies below -------------------
UNIT_SRC := $(wildcard tests/unit/*/test_*.c)
UNIT_BIN := $(patsubst tests/unit/%.c,$(B)/unit/%,$(UNIT_SRC))

define unit_rule
$(B)/unit/$(1)/%: tests/unit/$(1)/%.c $(if $(filter cli,$(1)),$(CLI_O)) $(call archives,$(1)) $(PB_A)
	@mkdir -p $$(@D)
	@$$(call program,$$(filter %.o %.a,$$^)) -lcmocka $$(LIBS_all)
endef
CLI_O := $(filter-out $(B)/o/cli/main.o,$(call objs,cli))
$(foreach f,$(filter-out main,$(FOLDERS)),$(eval $(call unit_rule,$(f))))

unit: $(UNIT_BIN)

# The simulator is the daemon's own code over tests/sim's store, ring, clock and network.
SIM_O := $(patsubst tests/sim/%.c,$(B)/o/sim/%.o,$(wildcard tests/sim/*.c))
$(B)/o/sim/%.o: tests/sim/%.c | $(PB_H)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -I$(B)/gen/pb -Itests -MMD -MP -c -o $@ $<
$(B)/sim: $(SIM_O) $(call archives,peer) $(PB_A)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ $(LIBS_all)
sim: $(B)/sim

# The power-loss explorer stands before libc's file calls, for all of the node below peer.
POWERLOSS_O := $(patsubst tests/powerloss/%.c,$(B)/o/powerloss/%.o,$(wildcard tests/powerloss/*.c))
$(B)/o/powerloss/%.o: tests/powerloss/%.c | $(PB_H)
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -I$(B)/gen/pb -Itests -MMD -MP -c -o $@ $<
$(B)/powerloss: $(POWERLOSS_O) $(call archives,view) $(PB_A)
	@mkdir -p $(@D)
	@$(CC) $(LDFLAGS_ALL) -o $@ $^ -lcmocka $(LIBS_all)
powerloss: $(B)/powerloss

# Small programs that tests use (tests/tools/*.c): all of the daemon's code but main
TOOL_BIN := $(patsubst tests/tools/%.c,$(B)/tools/%,$(wildcard tests/tools/*.c))
$(B)/tools/%: tests/tools/%.c $(call archives,main) $(PB_A)
	@mkdir -p $(@D)
	@$(call program,$(filter %.a,$^)) $(LIBS_all)
tools: $(TOOL_BIN)

# What the fault campaigns put before libc in a daemon, to fail its calls
$(B)/tools/inject.so: tests/faults/inject.c
	@mkdir -p $(@D)
	@$(CC) -std=gnu17 $(OPT) $(WARN) -D_GNU_SOURCE -fPIC -shared -o $@ $< -ldl

# Fuzz targets: libFuzzer with clang (make fuzz), or replayed over their corpus by a plain main.
FUZZ_SRC := $(wildcard tests/fuzz/fuzz_*.c)
FUZZ_BIN := $(patsubst tests/fuzz/%.c,$(B)/fuzz/%,$(FUZZ_SRC))
$(B)/o/fuzz/replay_main.o: tests/fuzz/replay_main.c
	@mkdir -p $(@D)
	@$(CC) $(CFLAGS_ALL) -Itests -MMD -MP -c -o $@ $<
$(B)/fuzz/%: tests/fuzz/%.c $(B)/o/fuzz/replay_main.o $(CLI_O) $(call archives,main) $(PB_A)
	@mkdir -p $(@D)
	@$(call program,$(filter %.o %.a,$^)) $(LIBS_all)
fuzz-replay: $(FUZZ_BIN)
fuzz:
	@tests/fuzz/run

lint:
	@tests/lint/run

deps:
	@deploy/install-packages

check:
	@deploy/install-packages
	@$(MAKE) --no-print-directory check-run
check-run:
	@tests/run commit
check-long:
	@deploy/install-packages
	@tests/run release

bench:
	@deploy/install-packages run build test bench
	@$(MAKE) --no-print-directory -j2 all tools
	@tests/bench/run
	@tests/bench/fairness
	@tests/bench/idle
	@tests/bench/search

demo:
	@deploy/install-packages
	@test -x $(B)/imsd || echo "building, which takes a minute"
	@$(MAKE) --no-print-directory -j2 all
	@deploy/demo run

# ---- documents printed from the tables ----------------------------------------------------------
MAN := $(B)/man/ims.1 $(B)/man/imsd.8 $(B)/man/imsd.conf.5
doc: $(MAN) $(B)/ims.bash
$(B)/ims.bash: $(B)/ims
	@ASAN_OPTIONS=detect_leaks=0 $(B)/ims --print-completion > $@
$(B)/man/ims.1: $(B)/ims
	@mkdir -p $(@D)
	@ASAN_OPTIONS=detect_leaks=0 $(B)/ims --print-man > $@
$(B)/man/imsd.8 $(B)/man/imsd.conf.5: $(B)/imsd
	@mkdir -p $(@D)
	@ASAN_OPTIONS=detect_leaks=0 $(B)/imsd --print-man $(notdir $@) > $@

AT := $(DESTDIR)$(PREFIX)
install: all
	install -d $(addprefix $(AT)/,bin sbin lib/systemd/system share/imsd/reference share/imsd/templates \
		share/bash-completion/completions share/man/man1 share/man/man5 share/man/man8)
	install -m 755 $(B)/ims $(AT)/bin/
	install -m 755 $(B)/imsd $(AT)/sbin/
	install -m 644 config/imsd.conf.sample $(AT)/share/imsd/
	install -m 644 config/reference/* $(AT)/share/imsd/reference/
	install -m 644 config/templates/* $(AT)/share/imsd/templates/
	install -m 644 $(B)/man/ims.1 $(AT)/share/man/man1/
	install -m 644 $(B)/man/imsd.conf.5 $(AT)/share/man/man5/
	install -m 644 $(B)/man/imsd.8 $(AT)/share/man/man8/
	install -m 644 $(B)/ims.bash $(AT)/share/bash-completion/completions/ims
	sed 's,/usr/local/,$(PREFIX)/,' deploy/imsd.service > $(AT)/lib/systemd/system/imsd.service
	chmod 644 $(AT)/lib/systemd/system/imsd.service

clean:
	rm -rf build

-include $(wildcard $(B)/o/*/*.d $(B)/unit/*/*.d $(B)/tools/*.d $(B)/fuzz/*.d)
