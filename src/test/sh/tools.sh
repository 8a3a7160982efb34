#!/bin/bash
# Installs what the tests need and the machine lacks; with `bench`, what the measurements need. Needs root on Debian for that; elsewhere it says what is missing.
set -eu
declare -A package=([strace]=strace [zip]=zip [xz]=xz-utils [bzip2]=bzip2 [zstd]=zstd [curl]=curl [openssl]=openssl [systemd-analyze]=systemd [jq]=jq [nginx]=nginx-light [python3]=python3 [haproxy]=haproxy [slowhttptest]=slowhttptest
    [dockerd]=docker.io [docker]=docker.io [podman]=podman [/usr/lib/podman/netavark]=netavark [/usr/lib/podman/aardvark-dns]=aardvark-dns [runc]=runc [ip]=iproute2 [busybox]=busybox-static
    [chromium]=chromium [docker-registry]=docker-registry [htpasswd]=apache2-utils [certutil]=libnss3-tools [update-ca-certificates]=ca-certificates
    [/lib/systemd/systemd]=systemd [dbus-daemon]=dbus [nsenter]=util-linux [man]=man-db [zsh]=zsh [fish]=fish)
if [ "${1:-}" = bench ]; then
    package=([wrk]=wrk [nginx]=nginx-light [haproxy]=haproxy [caddy]=caddy [curl]=curl [strace]=strace [time]=time)
fi
missing=()
for tool in "${!package[@]}"; do
    PATH=$PATH:/usr/sbin command -v "$tool" >/dev/null || missing+=("${package[$tool]}")
done
[ ${#missing[@]} -eq 0 ] && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing for the tests: ${missing[*]}"
    (apt-get install -y --no-install-recommends "${missing[@]}" || { apt-get update && apt-get install -y --no-install-recommends "${missing[@]}"; }) >/dev/null
else
    echo "The tests need these Debian packages: ${missing[*]}" >&2
    exit 1
fi
