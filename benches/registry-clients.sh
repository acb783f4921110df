#!/usr/bin/env bash
# registry-clients.sh: 64 clients at once push and then pull 1 GiB in all, to `rpush serve --dir` and to Debian's
# docker-registry, in turn, RUNS times. Prints the medians of both directions, the largest memory of either, and the CPU
# time that each registry used. Every byte that comes back is compared; a lost one ends this with status 1.
#
# CLIENTS, MIB (a client) and RUNS can be set, and RPUSH: a program that is built already. Needs docker-registry and python3; installs nothing.
set -euo pipefail
clients=${CLIENTS:-64} mib=${MIB:-16} runs=${RUNS:-5}
cd "$(dirname "$0")/.."
rpush=${RPUSH:-$PWD/target/release/rpush}
if [ -z "${RPUSH:-}" ]; then cargo build --release --quiet; fi
work=$(mktemp -d -p "${WORK:-${TMPDIR:-/tmp}}")
pid=
trap 'kill $pid 2>/dev/null || true; wait 2>/dev/null || true; rm -rf "$work"' EXIT

serve() {
  case $1 in
  rpush) "$rpush" serve --addr "127.0.0.1:$port" --dir "$work/data" >"$work/log" 2>&1 & ;;
  docker-registry)
    cat >"$work/registry.yml" <<Y
version: 0.1
log: {level: error, accesslog: {disabled: true}}
storage: {filesystem: {rootdirectory: $work/data, maxthreads: 100}}
http: {addr: "127.0.0.1:$port"}
Y
    docker-registry serve "$work/registry.yml" >"$work/log" 2>&1 &
    ;;
  esac
  pid=$!
  until curl -fs "http://127.0.0.1:$port/v2/" >/dev/null; do sleep 0.05; done
}

# One registry, empty and alone on the disk, from its first client to its last.
measure() {
  port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  serve "$1"
  python3 benches/registry-clients.py 127.0.0.1 "$port" "$clients" "$mib" >"$work/result"
  while read -r what figure; do echo "$figure" >>"$work/$1.$what"; done <"$work/result"
  awk '/VmHWM/ { printf "%.1f\n", $2 / 1024 }' "/proc/$pid/status" >>"$work/$1.memory"
  awk -v hertz="$(getconf CLK_TCK)" '{ printf "%.2f\n", ($14 + $15) / hertz }' "/proc/$pid/stat" >>"$work/$1.cpu"
  kill "$pid"
  wait "$pid" || true
  rm -rf "$work/data"
  sync
}
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }

for run in $(seq "$runs"); do
  order="rpush docker-registry"
  if ((run % 2 == 0)); then order="docker-registry rpush"; fi
  for registry in $order; do measure "$registry"; done
done
echo "$clients clients, $mib MiB each, $runs runs; every byte compared"
printf '%-16s %10s %10s %14s %10s\n' registry 'push s' 'pull s' 'peak RSS MiB' 'CPU s'
for registry in rpush docker-registry; do
  printf '%-16s %10s %10s %14s %10s\n' "$registry" "$(median "$work/$registry.push")" "$(median "$work/$registry.pull")" \
    "$(sort -n "$work/$registry.memory" | tail -1)" "$(median "$work/$registry.cpu")"
done
for registry in rpush docker-registry; do
  for what in push pull memory; do echo "$registry $what, each: $(tr '\n' ' ' <"$work/$registry.$what")"; done
done
