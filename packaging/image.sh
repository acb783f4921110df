#!/bin/sh
# packaging/image.sh NAME [BINARY]: makes an image of rpush with rpush and pushes it. RPUSH is the rpush that does it, and BINARY the one
# that goes in, by default the same; it has to be a static one when there is no base. With BASE=docker.io/library/debian:12-slim
# the image has a shell, which most pipelines want; without, it is rpush and the system's certificates, and nothing else.
set -eu

name=$1
rpush=${RPUSH:-rpush}
binary=${2:-$(command -v "$rpush")}
certificates=${CERTIFICATES:-/etc/ssl/certs/ca-certificates.crt}
layers=$(mktemp -d)
trap 'rm -rf "$layers"' EXIT

mkdir -p "$layers/program/usr/bin" "$layers/trust/etc/ssl/certs"
cp "$binary" "$layers/program/usr/bin/rpush"
chmod 755 "$layers/program/usr/bin/rpush"
cp "$certificates" "$layers/trust/etc/ssl/certs/ca-certificates.crt"

# What changes rarely lies below.
set -- --layer "$layers/trust" --layer "$layers/program" --label org.opencontainers.image.title=rpush
if [ -n "${BASE:-}" ]; then
    "$rpush" append --base "$BASE" "$@" "$name"
else
    "$rpush" append "$@" --entrypoint /usr/bin/rpush "$name"
fi
"$rpush" push "$name"
