#!/bin/bash
# Prints what docs/benchmarks.md reports. Needs the distribution (`make dist`), curl and GNU time.
set -eu
command -v /usr/bin/time >/dev/null || { echo "bench needs GNU time (Debian: apt-get install time)" >&2; exit 1; }
mvn -q -B -ntp test-compile dependency:build-classpath -Dmdep.outputFile=target/test.classpath
target/dewpoint/runtime/bin/java -XX:+UseSerialGC -Xmx256m -Ddewpoint.dist=target/dewpoint -cp "target/test-classes:target/classes:$(cat target/test.classpath)" dev.dewpoint.bench.Bench target
src/test/sh/bench-proxy.sh
"$(src/main/dist/jdk.sh --print)/bin/java" -XX:+UseSerialGC -Xmx256m -Ddewpoint.dist=target/dewpoint -cp "target/test-classes:target/classes:$(cat target/test.classpath)" dev.dewpoint.bench.ContainerBench
timeout 600 "$(src/main/dist/jdk.sh --print)/bin/java" -XX:+UseSerialGC -Xmx256m -Ddewpoint.dist=target/dewpoint -cp "target/test-classes:target/classes:$(cat target/test.classpath)" dev.dewpoint.bench.ServerBench
