#!/bin/sh
# packaging/archive.sh BINARY TARGET DIRECTORY: makes DIRECTORY/rpush-TARGET.tar.gz, which install.sh takes apart: the program, its man
# pages, its completions where shells look for them, the licence.
set -eu

binary=$1
archive=$3/rpush-$2.tar.gz
source=$(cd "$(dirname "$0")/.." && pwd)
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

# put FILE DIRECTORY [NAME]
put() {
    mkdir -p "$tree/$2"
    cp "$1" "$tree/$2/${3:-}"
}

put "$binary" bin rpush
chmod 755 "$tree/bin/rpush"
for page in "$source"/man/*.[17]; do
    put "$page" "share/man/man${page##*.}"
done
put "$source/completions/rpush.bash" share/bash-completion/completions rpush
put "$source/completions/_rpush" share/zsh/site-functions
put "$source/completions/rpush.fish" share/fish/vendor_completions.d
put "$source/LICENSE" share/doc/rpush
put "$source/README.md" share/doc/rpush
put "$source/CHANGELOG.md" share/doc/rpush

mkdir -p "$3"
tar -czf "$archive" -C "$tree" bin share
echo "$archive"
