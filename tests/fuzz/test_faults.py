"""Seeded faults of the sample services: each found under its rule, and told once.

Columns: fault, rule (``http.`` left out), the operation probed, the area of its probe (``-``: all).
"""

import socket
import tomllib
from contextlib import contextmanager

import pytest
from tests.fuzz.conftest import ROOT

TABLE = """
inventory.204-with-type                no-content-typed                    deleteItem          -
inventory.304-to-put                   not-modified-to-write               putItem             -
inventory.401-without-challenge        challenge-missing                   listItems           -
inventory.415-without-accept-patch     accepted-types-missing              changeItem          -
inventory.absent-500                   absent-not-said                     getItem             resources
inventory.admin-for-all                missing-scope-accepted              createItem          access
inventory.allow-first-only             allow-wrong                         listItems           routing
inventory.bad-escape-500               bad-escape-not-refused              listItems           routing
inventory.bad-token-500                bad-credentials-not-refused         listItems           access
inventory.big-number-500               large-number-failed                 setStock            validation
inventory.coding-ignored               coding-not-refused                  createItem          content
inventory.counts-added-up              put-not-idempotent                  setStock            resources
inventory.created-200                  created-not-said                    createItem          -
inventory.created-without-location     created-without-location            createReservation   -
inventory.declared-501                 declared-operation-not-implemented  changeItem          -
inventory.deep-json-500                deep-content-failed                 createItem          content
inventory.delete-201                   created-by-reading                  deleteItem          -
inventory.deleted-still-listed         deleted-still-listed                deleteItem          resources
inventory.deleted-still-there          deleted-still-there                 deleteItem          resources
inventory.deprecation-untold           deprecation-untold                  releaseReservation  -
inventory.duplicate-overwrites         duplicate-accepted                  createItem          resources
inventory.errors-as-html               error-in-undocumented-type          getItem             -
inventory.expect-500                   expectation-failed-wrongly          listItems           routing
inventory.head-without-etag            head-differs                        getItem             conditions
inventory.key-missing-500              key-not-demanded                    createReservation   idempotency
inventory.key-per-body                 key-reuse-accepted                  createReservation   idempotency
inventory.large-body-500               large-content-failed                createItem          content
inventory.list-without-token           missing-credentials-not-refused     listItems           access
inventory.list-without-vary            vary-missing                        listItems           content
inventory.location-elsewhere           location-leads-nowhere              createItem          resources
inventory.made-up-status               status-unknown                      deleteItem          states
inventory.malformed-sku-500            malformed-id-failed                 getItem             resources
inventory.many-headers-500             large-headers-failed                listItems           content
inventory.no-weight-is-zero            content-breaks-contract             getItem             -
inventory.patch-wipes-weight           patch-touches-others                changeItem          resources
inventory.problem-status-differs       problem-status-differs              createItem          -
inventory.put-keeps-old                put-keeps-old                       putItem             resources
inventory.put-made-200                 put-status-wrong                    putItem             resources
inventory.race-both-counted            race-lost                           setStock            resources
inventory.race-two-made                race-lost                           createItem          resources
inventory.range-416-bare               range-length-missing                listItems           -
inventory.range-wrong-bytes            range-wrong                         listItems           conditions
inventory.refused-count-stored         refused-write-applied               setStock            conditions
inventory.refused-item-made            refused-create-made                 createItem          validation
inventory.repeated-parameter-500       repeated-parameter-failed           listItems           validation
inventory.replay-without-location      key-not-replayed                    createReservation   idempotency
inventory.router-404-as-text           problem-missing                     listItems           routing
inventory.second-delete-500            second-delete-failed                deleteItem          resources
inventory.shipped-released             conflict-hidden                     releaseReservation  states
inventory.sql-shown                    internals-shown                     createItem          -
inventory.star-overwrites              star-overwrites                     putItem             conditions
inventory.sunset-not-a-date            sunset-unreadable                   releaseReservation  -
inventory.tag-by-time                  tag-varies                          getItem             conditions
inventory.unknown-route-200            unknown-path-found                  listItems           routing
inventory.unknown-sku-500              dangling-reference-failed           createReservation   validation
inventory.upgrade-426-bare             upgrade-missing                     listItems           -
inventory.weak-tag-never-304           not-modified-missing                getItem             conditions
inventory.wrong-type-400               media-type-not-refused              createItem          content
notifications.304-without-etag         not-modified-missing                getNotification     conditions
notifications.405-as-html              problem-missing                     listNotifications   -
notifications.429-without-retry-after  retry-after-missing                 sendCopy            retry
notifications.allow-claims-delete      allow-wrong                         listNotifications   routing
notifications.copy-302                 write-redirected                    sendCopy            retry
notifications.date-before-tag          modified-since-wrong                getNotification     conditions
notifications.date-never-304           modified-since-wrong                getNotification     conditions
notifications.differing-event-taken    key-reuse-accepted                  deliverEvent        idempotency
notifications.duplicate-names-500      duplicate-name-failed               deliverEvent        content
notifications.invalid-token-unnamed    invalid-token-unnamed               listNotifications   access
notifications.limit-shared             rate-limit-shared                   sendCopy            retry
notifications.live-needs-token         public-operation-unauthorized       isLive              -
notifications.options-claims-more      options-wrong                       listNotifications   routing
notifications.path-reflected           input-reflected-as-html             listNotifications   -
notifications.retry-after-in-the-past  retry-after-senseless               sendCopy            retry
notifications.retry-after-too-early    retry-after-dishonest               sendCopy            retry
notifications.told-twice               key-not-replayed                    deliverEvent        idempotency
notifications.too-many-503             rate-limit-miscoded                 sendCopy            retry
notifications.trace-echoes             trace-echoes                        listNotifications   routing
notifications.type-missing-500         untyped-content-failed              deliverEvent        content
orders.304-for-any-tag                 not-modified-wrongly                getOrder            conditions
orders.404-before-401                  checked-before-credentials          getOrder            access
orders.405-without-allow               allow-missing                       listOrders          -
orders.422-before-401                  checked-before-credentials          createOrder         access
orders.absent-200                      absent-not-said                     getOrder            resources
orders.absent-400                      absent-not-said                     cancelOrder         resources
orders.accepted-without-monitor        accepted-without-monitor            createOrder         -
orders.any-type-taken                  media-type-not-refused              createOrder         content
orders.bad-cursor-500                  foreign-cursor-failed               listOrders          validation
orders.broken-json-500                 syntax-not-refused                  createOrder         content
orders.conflict-success-false          error-with-success                  cancelOrder         -
orders.crossed-dates-turned            senseless-content-accepted          createOrder         validation
orders.crossed-range-500               senseless-content-accepted          listOrders          validation
orders.duplicate-reference-500         duplicate-accepted                  createOrder         resources
orders.duplicate-reference-taken       duplicate-accepted                  createOrder         resources
orders.errors-cacheable                error-cacheable                     listOrders          -
orders.errors-without-place            invalid-content-unplaced            createOrder         validation
orders.forbidden-401                   missing-scope-unauthorized          shipOrder           access
orders.get-body-500                    get-with-content-failed             listOrders          content
orders.get-cancels                     action-by-get                       cancelOrder         routing
orders.get-with-type-415               bodyless-request-refused            listOrders          content
orders.head-405                        head-differs                        listOrders          conditions
orders.head-hides-404                  head-differs                        getOrder            conditions
orders.key-ignored                     key-not-replayed                    createOrder         idempotency
orders.key-in-flight-twice             key-raced                           createOrder         idempotency
orders.key-mismatch-replayed           key-reuse-accepted                  createOrder         idempotency
orders.key-optional                    key-not-demanded                    createOrder         idempotency
orders.key-replay-200                  key-not-replayed                    createOrder         idempotency
orders.last-page-goes-on               pages-never-end                     listOrders          resources
orders.long-target-500                 long-target-failed                  listOrders          content
orders.malformed-id-500                malformed-id-failed                 getOrder            resources
orders.monitor-201                     created-by-reading                  getMonitor          -
orders.monitor-303-without-location    redirect-without-location           getMonitor          -
orders.monitor-leads-nowhere           location-leads-nowhere              createOrder         resources
orders.monitor-runs-for-ever           monitor-never-ends                  createOrder         resources
orders.never-304                       not-modified-missing                getOrder            conditions
orders.no-token-403                    missing-credentials-not-refused     listOrders          access
orders.nul-500                         odd-text-failed                     createOrder         validation
orders.one-tag-for-ever                tag-unchanged                       changeOrder         conditions
orders.others-orders-shown             foreign-resource-shown              getOrder            access
orders.patch-ignores-null              patch-ignores-null                  changeOrder         resources
orders.patch-wipes                     patch-touches-others                changeOrder         resources
orders.problem-as-json                 problem-mistyped                    listOrders          -
orders.reading-counts                  reading-changes                     getOrder            conditions
orders.refused-but-stored              refused-create-made                 createOrder         resources
orders.refused-change-applied          refused-write-applied               changeOrder         conditions
orders.scope-ignored                   missing-scope-accepted              shipOrder           access
orders.scope-unnamed                   missing-scope-unnamed               shipOrder           access
orders.ship-again-201                  put-status-wrong                    shipOrder           resources
orders.ship-again-409                  put-not-idempotent                  shipOrder           resources
orders.shipped-cancelled-200           conflict-hidden                     cancelOrder         states
orders.slash-moves-posts               slash-moves-write                   createOrder         routing
orders.stale-match-409                 stale-match-not-refused             cancelOrder         conditions
orders.stale-match-taken               stale-match-not-refused             changeOrder         conditions
orders.title-varies                    problem-title-varies                getOrder            -
orders.token-not-verified              bad-credentials-not-refused         listOrders          access
orders.total-as-text                   content-breaks-contract             getOrder            -
orders.trace-shown                     internals-shown                     createOrder         -
orders.unacceptable-500                accept-failed                       listOrders          content
orders.unconditional-taken             unconditional-write-accepted        cancelOrder         conditions
orders.undeclared-method-404           method-not-refused                  listOrders          routing
orders.undocumented-418                status-undocumented                 changeOrder         -
orders.unknown-method-as-get           unknown-method-served               listOrders          routing
orders.unshippable-400                 conflict-miscoded                   shipOrder           states
orders.zero-quantity-taken             invalid-content-not-refused         createOrder         validation
"""
CASES = [line.split() for line in TABLE.strip().splitlines()]
with (ROOT / "sample_services" / "faults.toml").open("rb") as file:
    SEEDED = {each["name"]: each for each in tomllib.load(file)["fault"]}

#: What no probe reaches yet, and why. With CASES these are all faults there are.
MISSED = {
    "notifications.bad-data-taken": "what an event holds stands in another contract",
    "orders.neighbour-late-400": "needs a neighbour that is late only once: valid content it is",
    "orders.key-remembers-503": "needs a neighbour that fails and is there again",
    "orders.half-cancelled": "needs a neighbour that fails when the order is there",
}


#: What shows only where other operations were asked before.
TOGETHER = {"notifications.past-end-404": "pages-never-end"}


@pytest.mark.parametrize(
    ("fault", "rule", "operation", "area"), CASES, ids=[case[0] for case in CASES]
)
def test_a_fault_is_found_under_its_rule_and_told_once(probe, fault, rule, operation, area):
    name = fault.partition(".")[0]
    areas = () if area == "-" else (area,)
    _, found = probe(name, fault, operations=[operation], areas=areas)
    assert [each for each, _ in found] == [f"http.{rule}"]


#: What shows only while the inventory does not do its part: how, the rule, and what is asked.
NEIGHBOURS = {
    "orders.neighbour-down-500": ("down", "server-error", ["createOrder"]),
    "orders.neighbour-address-shown": ("down", "internals-shown", ["createOrder"]),
    "orders.503-without-retry-after": ("down", "retry-after-missing", ["createOrder"]),
    "orders.retry-after-soon": ("down", "retry-after-senseless", ["createOrder"]),
    "orders.live-needs-neighbour": ("down", "liveness-depends", ["isLive"]),
    "orders.ready-without-neighbour": ("down", "readiness-hidden", ["createOrder", "isReady"]),
    "orders.neighbour-401-relayed": (
        "refusing",
        "good-credentials-unauthorized",
        ["createOrder", "listOrders"],
    ),
}


@contextmanager
def _neighbour(start, how):
    if how == "refusing":
        with start("inventory", secret="not that of orders, and as long") as base:
            yield base
        return
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    yield f"http://127.0.0.1:{port}/v2"


@pytest.mark.parametrize(
    ("fault", "how", "rule", "asked"),
    [(fault, *told) for fault, told in NEIGHBOURS.items()],
    ids=NEIGHBOURS,
)
def test_a_fault_shows_while_a_neighbour_does_not_do_its_part(
    start, probe, fault, how, rule, asked
):
    with _neighbour(start, how) as inventory:
        _, found = probe("orders", fault, settings={"inventory": inventory}, operations=asked)
    assert [each for each, _ in found] == [f"http.{rule}"]


def test_nobody_is_accused_of_a_neighbour_that_is_down(start, probe):
    with _neighbour(start, "down") as inventory:
        outcome, found = probe("orders", settings={"inventory": inventory})
    assert found == []
    assert any("503" in each.why for each in outcome.skipped)


def test_who_is_refused_by_a_neighbour_is_not_ready(start, probe):
    # It asks whether the inventory is there, and not whether that takes its token.
    with _neighbour(start, "refusing") as inventory:
        _, found = probe("orders", settings={"inventory": inventory})
    assert found == [("http.readiness-hidden", "GET /health/ready")]


@pytest.mark.parametrize(("fault", "rule"), TOGETHER.items())
def test_a_fault_is_found_in_a_whole_run(probe, fault, rule):
    _, found = probe(fault.partition(".")[0], fault)
    assert [each for each, _ in found] == [f"http.{rule}"]


def test_every_seeded_fault_is_found_or_accounted_for(capsys):
    found = {case[0] for case in CASES} | TOGETHER.keys() | NEIGHBOURS.keys()
    with capsys.disabled():
        print(f"\nseeded faults found: {len(found)} / {len(SEEDED)}")  # noqa: T201
    assert found | MISSED.keys() == SEEDED.keys()
    assert not found & MISSED.keys()
