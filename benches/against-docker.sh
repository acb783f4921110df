#!/usr/bin/env bash
# against-docker.sh ARCHIVE: pushes one image to a fresh registry, in turn with `docker push` and with
# `rpush push --from docker-archive:ARCHIVE` (an empty store, so that it compresses everything, as docker does), RUNS times, and
# prints both medians, their ratio, and the requests of an unchanged second push.
#
# ARCHIVE is what `docker save NAME` wrote. Needs root, and Debian's docker.io and docker-registry; installs nothing.
set -euo pipefail
archive=$(realpath "${1:?usage: against-docker.sh ARCHIVE}")
runs=${RUNS:-5}
cd "$(dirname "$0")/.."
cargo build --release --quiet
rpush=$PWD/target/release/rpush
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

export DOCKER_HOST=unix://$work/docker.sock DOCKER_CONFIG=$work/config
dockerd --iptables=false --bridge=none --data-root "$work/docker" --exec-root "$work/exec" \
  -H "$DOCKER_HOST" --pidfile "$work/pid" >"$work/docker.log" 2>&1 &
pids+=($!)
for _ in $(seq 100); do docker info >/dev/null 2>&1 && break; sleep 0.2; done
name=$(docker load -q -i "$archive" | sed -n 's/^Loaded image: //p' | head -1)

# A fresh registry on a port of its own: nothing is known to anybody.
registry() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  cat >"$work/registry.yml" <<Y
version: 0.1
log: {level: info, formatter: text, accesslog: {disabled: false}}
storage: {filesystem: {rootdirectory: $work/data-$port}}
http: {addr: "127.0.0.1:$port"}
Y
  docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  pids+=($!)
  until curl -fs "http://127.0.0.1:$port/v2/" >/dev/null; do sleep 0.05; done
  # Docker remembers what it compressed for a layer, but not its bytes: it compresses again for every registry.
  target=localhost:$port/${name##*/}
}
seconds() { local begin=$EPOCHREALTIME; "$@" >>"$work/talk.log" 2>&1; echo "$EPOCHREALTIME $begin" | awk '{ printf "%.3f\n", $1 - $2 }'; }
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for _ in $(seq "$runs"); do
  registry
  docker tag "$name" "$target"
  seconds docker push "$target" >>"$work/docker.times"
  docker rmi "$target" >/dev/null
  registry
  export RPUSH_STORE=$work/store-$port
  seconds "$rpush" push --from "docker-archive:$archive" "$target" >>"$work/rpush.times"
  before=$(grep -c 'http.request.method' "$work/registry.log" || true)
  seconds "$rpush" push --from "docker-archive:$archive" "$target" >>"$work/again.times"
  sleep 0.2 # The registry writes its log a little later.
  requests=$(($(grep -c 'http.request.method' "$work/registry.log") - before))
  rm -rf "$RPUSH_STORE"
done
d=$(median "$work/docker.times") r=$(median "$work/rpush.times") a=$(median "$work/again.times")
echo "docker push      $d s   (each: $(tr '\n' ' ' <"$work/docker.times"))"
echo "rpush push       $r s   (each: $(tr '\n' ' ' <"$work/rpush.times"))"
echo "ratio            $(awk "BEGIN { printf \"%.2f\", $r / $d }")"
echo "rpush, unchanged $a s, log lines of the registry with a request: $requests"
