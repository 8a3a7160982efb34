#!/bin/bash
# One run of everything that a start, a deployment and a proxied request need, recorded for the AOT caches of the
# distribution in $1: one for `dewpoint assets` and the short commands, one for `dewpoint container`, one for `dewpoint
# proxy` alone, which starts faster and smaller without the agent's classes. It must be the very runtime, class path and flags of the launcher. A static file server plays GitHub.
set -eu
dist=$1
work=$(mktemp -d)
here=$(cd "$(dirname "$0")" && pwd)
started=()
trap 'kill "${started[@]}" 2>/dev/null || true; rm -rf "$work" "$dist"/bin/train-*' EXIT

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
mkdir -p "$work/www/v2/o/r/tags" "$work/other"
echo '{"name":"o/r","tags":["v1.0.0"]}' > "$work/www/v2/o/r/tags/list"
"$JAVA_HOME/bin/jwebserver" -b 127.0.0.1 -p 0 -d "$work/www" > "$work/server.log" 2>&1 &
server=$!
"$JAVA_HOME/bin/java" -XX:TieredStopAtLevel=1 "$here/Traffic.java" 4 > "$work/ports" 2> "$work/traffic.log" &
traffic=$!
started+=("$server" "$traffic")
until grep -q '^URL' "$work/server.log"; do kill -0 "$server"; sleep 0.1; done
until [ -s "$work/ports" ]; do kill -0 "$traffic"; sleep 0.1; done
url=$(sed -n 's/^URL //p' "$work/server.log")
read -r backend port another < "$work/ports"

# record CACHE ARGUMENT...: starts the launcher with these arguments, to write that cache when it ends
record() {
    sed -e "s|-XX:AOTCache=\S* -XX:AOTMode=auto|-XX:AOTCacheOutput=\"$dist/lib/$1.aot\"|" "$dist/bin/dewpoint" > "$dist/bin/train-$1"
    chmod +x "$dist/bin/train-$1"
    env -i PATH="$PATH" GITHUB_API_URL="$url" SLACK_API_URL="${url}api/" SLACK_TOKEN=xoxb-training DOCKER_HOST="unix://$work/none" "$dist/bin/train-$1" "${@:2}" > "$work/$1.log" 2>&1 &
    started+=("$!")
}

# finish CACHE PID: ends it and sees that the cache is there
finish() {
    kill "$2"
    wait "$2" || { cat "$work/$1.log"; exit 1; }
    [ -s "$dist/lib/$1.aot" ] || { cat "$work/$1.log"; echo "no AOT cache was made"; exit 1; }
}

record proxy proxy --bind 127.0.0.1 --route "$port=127.0.0.1:$backend"
proxy=$!
record agent assets --registry 'ghr://o/r?artifact=site.tar.gz' --root "$work/root" --interval 1s --before-deploy-hook true --after-deploy-hook true --notifier slack://training --notifier "webhook+${url}hook"
agent=$!
host=${url#http://}
record container container --registry "img://${host%/}/o/r" --root "$work/other" --bind 127.0.0.1 --port "$another" --interval 1s --health-path /health --notifier slack://training -- -e NAME=value
container=$!
for _ in $(seq 600); do
    grep -qs "Deployment completed" "$work/agent.log" && grep -qs "Admin API" "$work/agent.log" && break
    kill -0 "$agent" || { cat "$work/agent.log"; exit 1; }
    sleep 0.1
done
"$dist/runtime/bin/java" -jar "$dist/lib/dewpoint.jar" status --root "$work/root" > /dev/null
finish agent "$agent"
until grep -qsE "Registry access failed|Artifact not found|Image pull failed|can't be looked after|Listening" "$work/container.log"; do kill -0 "$container" || { cat "$work/container.log"; exit 1; }; sleep 0.1; done
finish container "$container"
wait "$traffic" || { cat "$work/traffic.log" "$work/proxy.log"; exit 1; }
finish proxy "$proxy"
rm -f "$dist"/lib/*.config
