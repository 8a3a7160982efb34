# `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash

MVN := mvn -B -ntp -Ddewpoint.commit=$(shell git rev-parse --short HEAD 2>/dev/null || echo unknown) -Ddewpoint.date=$(shell git log -1 --format=%cs 2>/dev/null || echo unknown)

.PHONY: help demo test fast soak bench dist deb clean tools jdk

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: dist ## see releases arrive under load: real agent, embedded registry, three processes; CONTAINERS=1: with a Docker engine
	@target/dewpoint/bin/dewpoint demo $(if $(filter-out 0 no false,$(CONTAINERS)),--containers)

test: tools ## everything that must pass: unit, integration and end-to-end tests against the packaged binary
	@src/test/sh/report.sh $(MVN) verify

fast: jdk ## unit tests only
	@src/test/sh/report.sh $(MVN) -q test

soak: tools ## as test, with every long suite whole (full fault sweep)
	@src/test/sh/report.sh $(MVN) verify -Dsoak=true

bench: dist ## measure, and print what docs/benchmarks.md reports
	@src/test/sh/tools.sh bench
	@src/test/sh/bench.sh

dist: jdk ## target/dewpoint: launcher, trimmed runtime, AOT cache; and a tarball of it
	@$(MVN) -q -DskipTests package
	@ls -d target/dewpoint target/dewpoint-*.tar.gz

deb: dist ## target/dewpoint_VERSION_ARCH.deb: a Debian package of it, with units, man pages and completions
	@src/main/dist/deb.sh target

clean: ## remove what was built
	@rm -rf target

tools: jdk
	@src/test/sh/tools.sh

jdk:
	@src/main/dist/jdk.sh
