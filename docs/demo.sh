#!/bin/sh
# The main job on the sample contracts. Every step must end as it says, or the demo fails.
# Run by `make demo`; needs apicheck and git on the PATH. Leaves nothing behind.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 130' INT TERM

# A repository of our own, whatever the user's git is set to.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
unset GITHUB_BASE_REF CI_MERGE_REQUEST_TARGET_BRANCH_NAME 2>/dev/null || true

headline() {
    printf '\n━━ %s\n\n' "$1"
}

# expect CODE COMMAND...: show the command, run it, and hold its exit code against CODE.
expect() {
    wanted=$1
    shift
    printf '$ %s\n\n' "$*"
    code=0
    "$@" || code=$?
    printf '\n(exit %s)\n' "$code"
    if [ "$code" -ne "$wanted" ]; then
        printf 'demo: expected exit %s\n' "$wanted" >&2
        exit 1
    fi
}

cd "$here"

headline "1. Two released versions of the orders service: what breaks, for whom, and where"
expect 1 apicheck diff orders@1.1.0 orders@2.0.0

headline "2. Why does that matter, and what to do instead?"
expect 0 apicheck explain schema.required-property-removed

headline "3. The history of a contract: does each version number keep its promise?"
expect 0 apicheck contracts log inventory

headline "4. Which versions can talk to which? Clients down, services across"
expect 0 apicheck contracts matrix inventory

headline "5. Events: the same break in JSON Schema and in Avro, shown by a payload each"
expect 1 apicheck diff orders/events/OrderConfirmed@1.1.0 orders/events/OrderConfirmed@2.0.0
expect 1 apicheck diff orders/events/OrderConfirmed-avro@1.1.0 orders/events/OrderConfirmed-avro@2.0.0

headline "6. A repository with these contracts, and a pull request that breaks clients"
cp -R contracts "$scratch/contracts"
cd "$scratch"
git init -q -b main
git add -A
git commit -q -m "Contracts as released"
git checkout -q -b shorter-pages
# The change: pages of at most 50 orders, and the customer's note is gone.
sed -e 's/version: 2.1.0/version: 2.2.0/' -e 's/maximum: 100, default: 50/maximum: 50, default: 50/' \
    -e '/^        note: {type: string, maxLength: 500}$/d' \
    contracts/orders/openapi/2.1.0.yaml > orders.yaml
expect 1 apicheck contracts add orders.yaml --service orders --quiet
printf '\nIt is refused. Somebody copies the file in by hand; the gate on the pull request finds it:\n\n'
cp orders.yaml contracts/orders/openapi/2.2.0.yaml
git add -A
git commit -q -m "Shorter pages"
expect 1 apicheck gate --base main

headline "7. Its fixed twin: the limit stays, and something is added instead"
git rm -q contracts/orders/openapi/2.2.0.yaml
sed -e 's/version: 2.1.0/version: 2.2.0/' \
    -e 's/^        note: {type: string, maxLength: 500}$/&\
        gift: {type: boolean, default: false, description: Wrapped as a present.}/' \
    contracts/orders/openapi/2.1.0.yaml > orders.yaml
expect 0 apicheck contracts add orders.yaml --service orders --quiet
git add -A
git commit -q -m "Orders may be gifts"
expect 0 apicheck gate --base main

headline "8. And nobody rewrites history"
sed -e 's/maximum: 200/maximum: 500/' contracts/orders/openapi/1.0.0.yaml > orders.yaml
cp orders.yaml contracts/orders/openapi/1.0.0.yaml
expect 1 apicheck gate --base main

printf '\n━━ That was it. Everything ended as it should.\n'
