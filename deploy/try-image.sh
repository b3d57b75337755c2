#!/usr/bin/env bash
# Takes the image's own steps without a container engine: what Docker would copy, its RUN lines in a new
# environment, then a bot and the rate service from it, as a user who may write nothing but the state.
# Needs root, for the other user, and a Python that everyone may run: deploy/try-image.sh /usr/bin/python3
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
python=${1:-/usr/bin/python3}
place=$(mktemp -d)
children=()
trap 'kill "${children[@]}" 2> /dev/null || true; rm -rf "$place"' EXIT

# What is committed, less what .dockerignore leaves out.
mkdir "$place/app" "$place/data"
git archive HEAD | tar -x -C "$place/app"
(cd "$place/app" && grep -v '^#' .dockerignore | grep -v '[*]' | xargs rm -rf)
"$python" -m venv "$place/python"
export PATH="$place/python/bin:$PATH" PYTHONDONTWRITEBYTECODE=1 PIP_DISABLE_PIP_VERSION_CHECK=1

grep -E '^RUN python ' deploy/Dockerfile | sed 's/^RUN //' | while read -r step; do
    echo "+ $step"
    (cd "$place/app" && eval "$step") > "$place/step.log" 2>&1 || { cat "$place/step.log"; exit 1; }
done

chmod 0755 "$place"
chown 10001:10001 "$place/data"
cd "$place/data"
as_user=(setpriv --reuid 10001 --regid 10001 --clear-groups)

"${as_user[@]}" python "$place/app/runbot.py" --strategy grid --exchange paper --speed 1 --state-dir "$place/data" > "$place/bot.log" 2>&1 &
children+=($!)
"${as_user[@]}" python -m funding_rate_service --environment simulator --venues paper,lighter --port 8399 \
    --database "$place/data/rates.sqlite" > "$place/rates.log" 2>&1 &
children+=($!)
for check in "bot $place/data" "rates http://127.0.0.1:8399"; do
    for ((tries = 0; tries < 60; tries++)); do
        # shellcheck disable=SC2086 # two words on purpose
        if told=$("${as_user[@]}" python "$place/app/scripts/health.py" $check); then break; fi
        sleep 1
    done
    echo "${check%% *}: $told"
    [[ $told == well ]] || { cat "$place/bot.log" "$place/rates.log"; exit 1; }
done
kill -TERM "${children[@]}"
for child in "${children[@]}"; do
    code=0
    wait "$child" || code=$?
    echo "ended with $code" # the bot with 130, the service with 0
done
children=()
