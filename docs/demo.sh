#!/bin/sh
# The main job on the sample contracts. Every step must end as it says, or the demo fails.
# Run by `make demo`; needs apicheck (with all extras), its python and git on the PATH. Leaves
# nothing behind, and no process.
set -eu

here=$(cd "$(dirname "$0")/.." && pwd)
scratch=$(mktemp -d)
broker=
leave() {
    if [ -n "$broker" ]; then
        kill "$broker" 2>/dev/null || true
        wait "$broker" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap leave EXIT
trap 'exit 130' INT TERM

# A repository of our own, whatever the user's git is set to.
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
export GIT_AUTHOR_NAME=demo GIT_AUTHOR_EMAIL=demo@example.com
export GIT_COMMITTER_NAME=demo GIT_COMMITTER_EMAIL=demo@example.com
unset GITHUB_BASE_REF CI_MERGE_REQUEST_TARGET_BRANCH_NAME 2>/dev/null || true
unset PACT_BROKER_BASE_URL PACT_BROKER_USERNAME PACT_BROKER_PASSWORD PACT_BROKER_TOKEN || true
export PACT_DO_NOT_TRACK=true
TOKEN=none

headline() {
    printf '\n━━ %s\n\n' "$1"
}

# expect CODE COMMAND...: show the command, run it, and hold its exit code against CODE.
expect() {
    wanted=$1
    shift
    # Nobody wants to read a token of 300 characters.
    printf '$ %s\n\n' "$*" | sed "s/$TOKEN/\$TOKEN/"
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

cd "$here"
TOKEN=$(python -m sample_services.mint alice)
export TOKEN
orders="python -m sample_services.orders --port 0"

headline "9. A running service whose Idempotency-Key is for show: who sends an order again gets two"
expect 1 apicheck fuzz "$orders --fault orders.key-ignored" --contract orders@2.1.0 \
    --token env:TOKEN --operation createOrder --area idempotency --fail-on warning \
    --output json="$scratch/found.json"
printf '\nThe finding is replayed: as it is, and after the repair.\n\n'
expect 1 apicheck fuzz "$orders --fault orders.key-ignored" --replay "$scratch/found.json" \
    --contract orders@2.1.0 --token env:TOKEN --fail-on warning --quiet
expect 0 apicheck fuzz "$orders" --replay "$scratch/found.json" \
    --contract orders@2.1.0 --token env:TOKEN --fail-on warning --quiet

headline "10. What a consumer relies on: is it within the contract, before anything runs?"
cat > "$scratch/shop-inventory.json" <<'PACT'
{
  "consumer": {"name": "shop"}, "provider": {"name": "inventory"},
  "interactions": [
    {"description": "an item is shown",
     "request": {"method": "GET", "path": "/items/TEA-100"},
     "response": {"status": 200, "headers": {"Content-Type": "application/json"},
                  "body": {"sku": "TEA-100", "name": "Green tea"},
                  "matchingRules": {"body": {"$.name": {"matchers": [{"match": "type"}]}}}}},
    {"description": "an item that is gone is told from a failure",
     "request": {"method": "GET", "path": "/items/TEA-999"},
     "response": {"status": 404}}
  ],
  "metadata": {"pactSpecification": {"version": "3.0.0"}}
}
PACT
expect 0 apicheck pact compare "$scratch/shop-inventory.json" inventory@2.1.0
expect 0 apicheck pact lint "$scratch/shop-inventory.json"

headline "11. A broker: two consumers publish their pacts and are deployed"
apicheck broker serve --port 0 --data "$scratch/broker.db" 2> "$scratch/broker.log" &
broker=$!
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    PACT_BROKER_BASE_URL=$(sed -n 's/.*listens on \([^,]*\),.*/\1/p' "$scratch/broker.log")
    [ -z "$PACT_BROKER_BASE_URL" ] || break
    sleep 0.5
done
[ -n "$PACT_BROKER_BASE_URL" ] || { cat "$scratch/broker.log" >&2; exit 1; }
export PACT_BROKER_BASE_URL
expect 0 apicheck pact publish contracts/pacts/orders-inventory.json \
    --consumer-version 2.1.0 --branch main
expect 0 apicheck pact publish "$scratch/shop-inventory.json" \
    --consumer-version 7.0.0 --branch main
expect 0 apicheck environments --create production --production
expect 0 apicheck record-deployment -a orders -e 2.1.0 --environment production
expect 0 apicheck record-deployment -a shop -e 7.0.0 --environment production

headline "12. The provider is verified and asks: may I be deployed? No, and why; repaired: yes"
inventory="python -m sample_services.inventory --port 0"
expect 1 apicheck pact verify inventory --target "$inventory --fault inventory.absent-500" \
    --header "Authorization: Bearer $TOKEN" --publish --provider-version 2.2.0 --branch main
expect 1 apicheck can-i-deploy -a inventory -e 2.2.0 --to-environment production
expect 0 apicheck pact verify inventory --target "$inventory" --quiet \
    --header "Authorization: Bearer $TOKEN" --publish --provider-version 2.2.1 --branch main
expect 0 apicheck can-i-deploy -a inventory -e 2.2.1 --to-environment production
if command -v pact > /dev/null 2>&1; then
    printf '\nThe official client asks the same broker:\n\n'
    expect 1 pact broker can-i-deploy --pacticipant inventory --version 2.2.0 \
        --to-environment production --broker-base-url "$PACT_BROKER_BASE_URL"
    expect 0 pact broker can-i-deploy --pacticipant inventory --version 2.2.1 \
        --to-environment production --broker-base-url "$PACT_BROKER_BASE_URL"
else
    printf '\n(The official client, pact, is not installed: it would ask the same.)\n'
fi

headline "13. Before it is built: whom would the next major version break? What nobody uses is a warning"
sed -e 's/version: 2.1.0/version: 3.0.0/' -e '/^    Item:/,/^    NewItem:/{
s/required: \[sku, name\]/required: [sku]/
/^        name: /d
s/weight: {type: \[number, "null"\], exclusiveMinimum: 0/weight: {type: string/
}' contracts/inventory/openapi/2.1.0.yaml > "$scratch/inventory.yaml"
printf 'unused-breaks = "warning"\nknown-consumers = ["orders", "shop"]\n' > "$scratch/policy.toml"
expect 1 apicheck diff inventory@2.1.0 "$scratch/inventory.yaml" \
    --pacts "$PACT_BROKER_BASE_URL" --config "$scratch/policy.toml"

printf '\n━━ That was it. Everything ended as it should.\n'
