#!/bin/bash
# Installs what the tests need and the machine lacks. Needs root on Debian for that; elsewhere it says what is missing.
set -eu
declare -A package=([strace]=strace [zip]=zip [xz]=xz-utils [bzip2]=bzip2 [zstd]=zstd [curl]=curl [openssl]=openssl [systemd-analyze]=systemd [jq]=jq [nginx]=nginx-light)
missing=()
for tool in "${!package[@]}"; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing+=("${package[$tool]}")
done
if ! ls /usr/lib/jvm/*/release 2>/dev/null | xargs -r grep -l 'JAVA_VERSION="25' >/dev/null && ! { [ -n "${JAVA_HOME:-}" ] && grep -q 'JAVA_VERSION="25' "$JAVA_HOME/release"; }; then
    echo "No JDK 25 is installed (looked in /usr/lib/jvm and JAVA_HOME). Install one, such as Temurin 25, and run this again." >&2
    exit 1
fi
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests: ${missing[*]}"
    (apt-get install -y --no-install-recommends "${missing[@]}" || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }) >/dev/null
else
    echo "The tests need these Debian packages: ${missing[*]}" >&2
    exit 1
fi
