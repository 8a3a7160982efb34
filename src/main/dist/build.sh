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

# One training run records what a start needs. It must be the very runtime, class path and flags of the launcher.
work=$(mktemp -d)
trap 'rm -rf "$work" "$dist/bin/train"' EXIT
mkdir -p "$work/registry/v1.0.0" "$work/site"
echo hello > "$work/site/index.html"
tar czf "$work/registry/v1.0.0/site.tar.gz" -C "$work/site" .
touch -d '1 minute ago' "$work/registry/v1.0.0/site.tar.gz"
sed -e "s|-XX:AOTCache=\(.*\) -XX:AOTMode=auto|-XX:AOTCacheOutput=\1|" "$here/bin/dewpoint" > "$dist/bin/train"
chmod +x "$dist/bin/train"
"$dist/bin/train" assets --registry "file://$work/registry" --root "$work/root" --once --after-deploy-hook true >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
[ -s "$dist/lib/dewpoint.aot" ] || { cat "$work/log"; echo "no AOT cache was made"; exit 1; }
rm -f "$dist/bin/train" "$dist"/lib/*.config

version=$("$dist/bin/dewpoint" --version | sed 's/.* version \([^ ]*\) .*/\1/')
tar czf "$target/dewpoint-$version-linux-$(uname -m).tar.gz" -C "$target" dewpoint
