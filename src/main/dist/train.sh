#!/bin/bash
# One run of everything that a start, a deployment and a proxied request need, recorded for the AOT cache of the
# distribution in $1. It must be the very runtime, class path and flags of the launcher. A static file server plays GitHub.
set -eu
dist=$1
work=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
server=
traffic=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; [ -z "$traffic" ] || kill "$traffic" 2>/dev/null; rm -rf "$work" "$dist/bin/train"' EXIT

releases=$work/www/repos/o/r/releases
mkdir -p "$releases/assets" "$work/site" "$work/root"
echo hello > "$work/site/index.html"
head -c 10000000 /dev/urandom > "$work/site/noise"  # large enough that hashing and unpacking are seen to be hot
seq 2000000 > "$work/site/text"
tar czf "$releases/assets/7" -C "$work/site" .
cat > "$releases/index.html" <<JSON
[{"id":1,"tag_name":"v1.0.0","draft":false,"prerelease":false,"created_at":"2026-01-01T00:00:00Z","published_at":"2026-01-01T00:00:00Z","html_url":"http://127.0.0.1/",
"assets":[{"id":7,"name":"site.tar.gz","state":"uploaded","size":$(stat -c %s "$releases/assets/7"),"digest":"sha256:$(sha256sum < "$releases/assets/7" | cut -d' ' -f1)","updated_at":"2026-01-01T00:00:00Z","url":"http://127.0.0.1/"}]}]
JSON
"$JAVA_HOME/bin/jwebserver" -b 127.0.0.1 -p 0 -d "$work/www" > "$work/server.log" 2>&1 &
server=$!
until grep -q '^URL' "$work/server.log"; do kill -0 "$server"; sleep 0.1; done
url=$(sed -n 's/^URL //p' "$work/server.log")

"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "$here/Traffic.java" 4 > "$work/ports" 2> "$work/traffic.log" &
traffic=$!
until [ -s "$work/ports" ]; do kill -0 "$traffic"; sleep 0.1; done
read -r backend port < "$work/ports"

sed -e "s|-XX:AOTCache=\(.*\) -XX:AOTMode=auto|-XX:AOTCacheOutput=\1|" -e 's|-jar \([^ ]*\)|-cp \1 dev.dewpoint.Rehearsal|' "$dist/bin/dewpoint" > "$dist/bin/train"
chmod +x "$dist/bin/train"
env -i PATH="$PATH" GITHUB_API_URL="$url" SLACK_API_URL="${url}api/" SLACK_TOKEN=xoxb-training "$dist/bin/train" assets --registry 'ghr://o/r?artifact=site.tar.gz' --root "$work/root" --interval 1s \
    --before-deploy-hook true --after-deploy-hook true --notifier slack://training --notifier "webhook+${url}hook" \
    -- proxy --bind 127.0.0.1 --route "$port=127.0.0.1:$backend" > "$work/log" 2>&1 &
agent=$!
for _ in $(seq 600); do
    grep -qs "Deployment completed" "$work/log" && grep -qs "Admin API" "$work/log" && break
    kill -0 "$agent" || { cat "$work/log"; exit 1; }
    sleep 0.1
done
"$dist/runtime/bin/java" -jar "$dist/lib/dewpoint.jar" status --root "$work/root" > /dev/null
wait "$traffic" || { cat "$work/traffic.log" "$work/log"; exit 1; }
traffic=
kill "$agent"
wait "$agent" || { cat "$work/log"; exit 1; }
[ -s "$dist/lib/dewpoint.aot" ] || { cat "$work/log"; echo "no AOT cache was made"; exit 1; }
rm -f "$dist"/lib/*.config
