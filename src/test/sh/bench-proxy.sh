#!/bin/bash
# Prints what docs/benchmarks.md reports of the proxy: src/test/sh/bench-proxy.sh [quick] [PART...]. Needs the distribution
# (`make dist`) and the programs that `src/test/sh/tools.sh bench` installs.
set -eu
target=target
mvn -q -B -ntp test-compile dependency:build-classpath -Dmdep.outputFile=$target/test.classpath
classes=$target/test-classes:$target/classes:$(cat $target/test.classpath)
$target/dewpoint/runtime/bin/java --version >/dev/null || { echo "no distribution: run \`make dist\` first" >&2; exit 1; }
uptime
jdk=$(src/main/dist/jdk.sh --print)
timeout 900 "$jdk/bin/java" -XX:+UseSerialGC -Xmx256m -Ddewpoint.dist=$target/dewpoint -cp "$classes" dev.dewpoint.bench.ProxyBench $target "$@"
if [ $# = 0 ] || [[ " $* " == *" jmh "* ]]; then
    echo; echo "Routing, and claiming and releasing a backend: ns and bytes an operation"
    mkdir -p $target/jmh
    "$jdk/bin/javac" -nowarn -d $target/jmh -cp "$classes" -processor org.openjdk.jmh.generators.BenchmarkProcessor src/test/java/dev/dewpoint/bench/RoutingBenchmark.java
    timeout 300 "$jdk/bin/java" -cp "$target/jmh:$classes" org.openjdk.jmh.Main -prof gc -v SILENT -rf text -rff $target/jmh.txt RoutingBenchmark >/dev/null 2>&1
    grep -E '^Benchmark|ns/op|alloc.rate.norm' $target/jmh.txt
fi
uptime
