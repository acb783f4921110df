#!/bin/sh
# Installs rpush, its man pages and its completions from a release, into $PREFIX (~/.local if nothing is said), as whoever runs it.
# Nothing is installed whose checksum is not that of the release.
#
#     curl -fsSL https://HOST/OWNER/rpush/releases/latest/download/install.sh | sh
#
# RPUSH_RELEASES is where the files of a release are; the install.sh of a release knows its own. PREFIX=/usr/local, as root, is for
# everybody.
set -eu

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    exit 1
}

# The name under which this machine's archive was built.
target() {
    machine=$(uname -m)
    [ "$machine" != arm64 ] || machine=aarch64
    case "$machine" in
        x86_64 | aarch64) ;;
        *) fail "no release is made for $machine; \`cargo install --path .\` in the source builds it" ;;
    esac
    case "$(uname -s)" in
        Linux) echo "$machine-unknown-linux-musl" ;;
        Darwin) echo "$machine-apple-darwin" ;;
        *) fail "no release is made for $(uname -s) that this script could install" ;;
    esac
}

# fetch URL FILE
fetch() {
    if command -v curl >/dev/null; then
        curl -fsSL --retry 3 -o "$2" "$1" || fail "cannot fetch $1"
    elif command -v wget >/dev/null; then
        wget -q -O "$2" "$1" || fail "cannot fetch $1"
    else
        fail 'neither curl nor wget is here'
    fi
}

# checksum FILE
checksum() {
    if command -v sha256sum >/dev/null; then
        sha256sum <"$1"
    elif command -v shasum >/dev/null; then
        shasum -a 256 <"$1"
    else
        fail 'neither sha256sum nor shasum is here, and nothing is installed unverified'
    fi | cut -d ' ' -f 1
}

# All of it in one function: of a script that was cut off on the way, nothing runs.
main() {
    releases=${RPUSH_RELEASES:-@RELEASES@}
    case "$releases" in
        @*) fail 'set RPUSH_RELEASES to where the files of a release are' ;;
    esac
    prefix=${PREFIX:-${HOME:?}/.local}
    archive=rpush-$(target).tar.gz
    work=$(mktemp -d)
    trap 'rm -rf "$work"' EXIT
    fetch "$releases/SHA256SUMS" "$work/SHA256SUMS"
    fetch "$releases/$archive" "$work/$archive"
    expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $archive\$/\1/p" "$work/SHA256SUMS")
    [ -n "$expected" ] || fail "the release has no checksum of $archive"
    found=$(checksum "$work/$archive")
    [ "$found" = "$expected" ] || fail "$archive is damaged: its checksum is $found, not $expected"

    mkdir "$work/files"
    tar -xzf "$work/$archive" -C "$work/files"
    # A running rpush keeps its file: the new one takes the name, not the place.
    mkdir -p "$prefix/bin" "$prefix/share"
    cp "$work/files/bin/rpush" "$prefix/bin/.rpush.new"
    chmod 755 "$prefix/bin/.rpush.new"
    mv -f "$prefix/bin/.rpush.new" "$prefix/bin/rpush"
    cp -R "$work/files/share/." "$prefix/share/"
    echo "$("$prefix/bin/rpush" --version) is in $prefix/bin"
    case ":${PATH:-}:" in
        *":$prefix/bin:"*) ;;
        *) echo "put it in your path: export PATH=\"$prefix/bin:\$PATH\"" ;;
    esac
}

main
