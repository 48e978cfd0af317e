# SPDX-License-Identifier: GPL-2.0-only
#
# The only entry point: "make help" lists what there is, with the values in
# force.  What differs between targets is in the records ci/targets/*, never
# in conditionals here.

KERNEL	?= $(shell awk '!/^\#/ && NF { print $$1; exit }' KERNELS)
VARIANT	?= default
JOBS	?= $(shell nproc)
V	?= 0
# Selftests to run (a glob), and seconds that a guest may take.
T	?= *
TIMEOUT	?= 900

targets	:= $(notdir $(wildcard ci/targets/*))
variants := default $(sort notrace $(patsubst %.config,%,$(filter-out \
	base.config utrace.config $(targets:=.config), \
	$(notdir $(wildcard ci/configs/*)))))
ifeq ($(filter $(VARIANT),$(variants)),)
$(error VARIANT=$(VARIANT) is not one of: $(variants))
endif
asked	:= $(if $(ARCH),$(ARCH),$(shell uname -m))
target	:= $(shell scripts/target-name '$(asked)')
ifeq ($(target),)
$(error ARCH=$(asked) is not a target)
endif
include ci/targets/$(target)

root	:= $(CURDIR)
cache	:= $(or $(UTRACE_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/utrace)
export UTRACE_CACHE := $(cache)
export CCACHE_DIR ?= $(cache)/ccache
# Every checkout has the same relative paths, so all of them share one cache.
export CCACHE_BASEDIR := $(root)
export CCACHE_SLOPPINESS := file_macro,time_macros
export PYTHONDONTWRITEBYTECODE := 1
export V VARIANT

B	:= $(root)/build/$(KERNEL)
tree	:= $(B)/tree
variant	:= $(if $(filter-out default,$(VARIANT)),-$(VARIANT))
O	:= $(B)/$(target)$(variant)
U	:= $(B)/$(target)-user
R	:= $(B)/$(target)$(variant)-results
initrd	:= $(U)/initrd.gz

# What the user said is for us: kbuild has other meanings for ARCH or T.
MAKEOVERRIDES :=

ccache	:= $(if $(shell command -v ccache),ccache )
kbuild	= $(MAKE) -C $(tree) O=$(O) ARCH=$(karch) CROSS_COMPILE=$(cross)
# Nothing in a build may depend on who made it when, or ccache never hits.
kflags	= CC='$(ccache)$(cross)gcc' HOSTCC='$(ccache)gcc' \
	  KBUILD_BUILD_TIMESTAMP='Thu Jan  1 00:00:00 UTC 2026' \
	  KBUILD_BUILD_USER=utrace KBUILD_BUILD_HOST=utrace
step	= scripts/step $(1) $(target)$(variant) $(2)
boot	= ci/run-qemu $(target) --variant $(VARIANT) --kernel-dir $(O) \
	  --initrd $(initrd) --timeout $(TIMEOUT)

.DELETE_ON_ERROR:
.SUFFIXES:
# In order: set up, then build, then boot.  The builds have a -j of their own.
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

##@ Everyday
image: config ## build the kernel
	@REPRODUCE=image $(call step,build,$(O)/build.log) \
		$(kbuild) $(kflags) -j$(JOBS) V=$(filter 1,$(V)) $(make_target) modules
	@ci/make-modules $(O)

test: ## KUnit and selftests: all that CI runs, or what ARCH= and VARIANT= name
	@scripts/setup $(if $(ARCH),$(target),$(targets)) gdb demo
	@ci/run-tests --kernel $(KERNEL) --timeout $(TIMEOUT) \
		$(if $(variant),--variant $(VARIANT)) $(if $(ARCH),$(target))

demo: setup-demo image user ## two tracers and strace follow one real program
	@ci/roots/make-initramfs $(target) $(U)/demo.gz init=$(U)/init \
		bin/utrace=$(U)/bin/utrace
	@$(boot) --initrd $(U)/demo.gz --mode demo --echo --out $(R)/demo

shell: setup-demo image user ## a shell in the demo's guest
	@ci/roots/make-initramfs $(target) $(U)/demo.gz init=$(U)/init \
		bin/utrace=$(U)/bin/utrace
	@$(boot) --initrd $(U)/demo.gz --mode shell --interactive

kunit: image ## the KUnit suites alone (FILTER=, with kunit.py's output)
	@ci/kunit $(target) --variant $(VARIANT) --tree $(tree) --kernel-dir $(O) --out $(R)/kunit \
		$(if $(FILTER),--filter '$(FILTER)')

selftest: image user ## the selftests alone (T='utrace_hold*')
	@$(boot) --mode selftest --select '$(T)' --out $(R)/selftest

boot: image user ## KUnit and selftests of one target in one boot
	@$(boot) --mode test --out $(R)/test

gdb: setup-gdb ## boot with debugging symbols, and wait for gdb
	@$(MAKE) KERNEL=$(KERNEL) ARCH=$(target) gdb-boot \
		VARIANT=$(if $(variant),$(VARIANT),gdb)
gdb-boot: image user
	@echo "in another terminal: gdb-multiarch $(O)/vmlinux -ex 'target remote :1234'"
	@$(boot) --mode shell --gdb

bench: ## what utrace costs whom: instruction counts, every target or ARCH=
	@scripts/setup $(if $(ARCH),$(target),$(targets))
	@ci/cost-check --kernel $(KERNEL) --build --engines \
		$(if $(ARCH),$(target),$(targets))

##@ Parts
setup: ## install the packages that are missing (or print the command)
	@scripts/setup $(target)
setup-demo:
	@scripts/setup $(target) demo
setup-gdb:
	@scripts/setup $(target) gdb

tree: setup ## stock source, patches and our files in build/KERNEL/tree
	@KSRC=$(KSRC) scripts/prepare-tree $(KERNEL) $(tree)

config: tree ## the kernel's .config
	@scripts/kernel-config $(target) $(VARIANT) $(O) -- $(kbuild) $(kflags)

user: tree ## user-space programs and the test guest's initramfs
	@REPRODUCE=user $(call step,user,$(U)/build.log) $(MAKE) user-programs

# The stock kernel's own tests of ptrace, built from its tree: what they test must
# not change, neither by utrace nor without it.
stock_ptrace := $(addprefix $(U)/selftests/stock_ptrace_,get_syscall_info peeksiginfo)

# Its test of seccomp is run with an observer on every thread.
observed_seccomp := $(U)/bin/seccomp_bpf $(U)/selftests/observed_seccomp_bpf

user-programs: $(U)/init $(U)/bench/loops $(U)/bench/sessions $(U)/selftests/no_utrace $(stock_ptrace) \
		$(observed_seccomp) \
		$(if $(qemu_user),$(U)/steps/pcs)
	+$(MAKE) -C tools/utrace CROSS_COMPILE=$(cross) STATIC=1 V=$(filter 1,$(V)) \
		O=$(U) KSRC=$(tree) guest
	+$(MAKE) -C $(tree)/tools/testing/selftests/utrace -j$(JOBS) \
		CROSS_COMPILE=$(cross) CC32=$(if $(gnu32),$(gnu32)-gcc,false) \
		V=$(filter 1,$(V)) OUTPUT=$(U)/selftests
	ci/make-initrd $(U) $(initrd)

$(U)/init: ci/init.c
$(U)/bench/loops: ci/bench/loops.c ci/bench/measure.h kunit/utrace_probe.h
$(U)/bench/sessions: ci/bench/sessions.c ci/bench/measure.h include/uapi/linux/utrace.h
$(U)/selftests/no_utrace: ci/guest/no_utrace.c
$(U)/selftests/observed_seccomp_bpf: ci/guest/observed_seccomp_bpf.c
$(U)/init $(U)/bench/loops $(U)/selftests/no_utrace $(U)/selftests/observed_seccomp_bpf:
	@mkdir -p $(@D)
	$(cross)gcc -std=gnu11 -O2 -Wall -Wextra -Werror -static -o $@ $<
$(U)/bench/sessions:
	@mkdir -p $(@D)
	$(cross)gcc -std=gnu11 -O2 -D__SANE_USERSPACE_TYPES__ -Wall -Wextra -Werror -static \
		-pthread -o $@ $<

# What selftests step, and where that leads to.
$(U)/steps/pcs: ci/steps/generate ci/steps/arches.py ci/targets/$(target)
	ci/steps/generate $(target) $(@D)

$(stock_ptrace): $(U)/selftests/stock_ptrace_%: $(tree)/tools/testing/selftests/ptrace/%.c
	@mkdir -p $(@D)
	$(cross)gcc -std=gnu11 -O2 -D_GNU_SOURCE -D__SANE_USERSPACE_TYPES__ \
		-isystem $(tree)/tools/testing/selftests -static -pthread -o $@ $<

$(U)/bin/seccomp_bpf: $(tree)/tools/testing/selftests/seccomp/seccomp_bpf.c \
		ci/guest/include/sys/capability.h
	@mkdir -p $(@D)
	$(cross)gcc -std=gnu11 -O2 -D__SANE_USERSPACE_TYPES__ -Ici/guest/include \
		-isystem $(tree)/tools/testing/selftests -static -pthread -o $@ $<

kernel/% lib/% arch/% kunit/% samples/%: config ## one object, such as kernel/utrace.o
	@+$(kbuild) $(kflags) V=$(filter 1,$(V)) $@

##@ Upkeep
check: setup-check image ## style, sparse, W=1, kernel-doc, man pages, shell, Python
	@scripts/check --tree $(tree) --kernel-dir $(O) --srcarch $(srcarch) -- \
		$(kbuild) $(kflags)
setup-check:
	@scripts/setup $(target) check

export: ## a plain patched kernel tree in DEST=
	@test -n '$(DEST)' || { echo 'usage: make export DEST=directory' >&2; exit 2; }
	@LINK=copy KSRC=$(KSRC) scripts/prepare-tree $(KERNEL) '$(DEST)'

series: tree ## a mailable series, our files included, in build/series
	@scripts/make-series $(KERNEL) $(root)/build/series

clean: ## remove build/
	rm -rf build
distclean: clean ## build/ and the cache
	chmod -R u+w $(cache)/linux-source-* 2> /dev/null || :
	rm -rf $(cache)

help: ## this text
	@awk -F ':.*## ' '/^##@/ { print "\n" substr($$0, 5) ":" } \
		/^[a-z%][a-z%\/ -]*:.*## / { \
		sub(/ .*/, "", $$1); printf "  %-10s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'Values in force (set them on the command line):'
	@echo '  ARCH=$(target)  (of: $(targets))'
	@echo '  KERNEL=$(KERNEL)  VARIANT=$(VARIANT)  (of: $(variants))'
	@echo '  JOBS=$(JOBS)  V=$(V)  T=$(T)  TIMEOUT=$(TIMEOUT)'
	@echo '  UTRACE_CACHE=$(cache)'
	@echo '  ccache: $(if $(ccache),yes,not found)  KSRC=$(KSRC)'

.PHONY: image test demo shell kunit selftest boot gdb gdb-boot bench setup setup-demo \
	setup-gdb tree config user user-programs check setup-check export series \
	clean distclean help
