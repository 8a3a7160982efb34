#!/bin/bash
# Makes target/dewpoint: launcher, jars, a trimmed runtime and an AOT cache, and a tarball of it.
# JAVA_HOME is the JDK 25 that the build has found.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
target=$1
dist=$target/dewpoint
modules=java.base,java.logging,java.management,java.naming,java.security.sasl,java.security.jgss,java.xml,jdk.unsupported,jdk.crypto.cryptoki

rm -rf "$dist" "$target"/dewpoint-*.tar.gz
mkdir -p "$dist/bin" "$dist/lib"
cp "$here/bin/dewpoint" "$dist/bin/"
cp "$target"/lib/*.jar "$target/dewpoint.jar" "$dist/lib/"
cp -r hooks docs README.md LICENSE "$dist/"
"$JAVA_HOME/bin/jlink" --output "$dist/runtime" --strip-debug --no-header-files --no-man-pages --add-modules "$modules"
"$JAVA_HOME/bin/java" "$here/Modern.java" "$dist"/lib/*.jar
# the same commit makes files of the same age; a cache is good only for jars as old as those that it was made with
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}
find "$dist" -exec touch -h -d "@$epoch" {} +
"$here/train.sh" "$dist"
find "$dist" -newermt "@$epoch" -exec touch -h -d "@$epoch" {} +

version=$("$dist/bin/dewpoint" --version | sed 's/.* version \([^ ]*\) .*/\1/')
tar cf - --sort=name --owner=0 --group=0 --numeric-owner -C "$target" dewpoint | gzip -n > "$target/dewpoint-$version-linux-$(uname -m).tar.gz"
