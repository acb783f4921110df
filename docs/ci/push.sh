#!/bin/sh
# Push an image out of any pipeline: IMAGE=registry.example/app:1 RPUSH_USERNAME=... RPUSH_PASSWORD=... docs/ci/push.sh
set -eu
export RPUSH_PROGRESS=plain

rpush append --layer dist=/srv/app --entrypoint /srv/app/serve "$IMAGE"

# 5 means that the registry could not be reached or did not answer, after rpush's own attempts. Anything else will not get
# better by itself: no account, no such name, damaged content.
for pause in 10 30 0; do
    code=0
    rpush -q push --digest-file digest "$IMAGE" || code=$?
    [ "$code" -eq 5 ] || break
    echo "$IMAGE: the registry did not answer" >&2
    sleep "$pause"
done
exit "$code"
