"""Faults in how a request is taken: routing, methods, types, syntax, who may."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sample_services.web import access, parameters, target
from sample_services.web.faults import (
    answers,
    become,
    contents,
    dropping,
    headers,
    raising,
    requests,
    steps,
    unhandled,
)
from sample_services.web.problems import Problem
from sample_services.web.replies import Reply, answer, refused
from sample_services.web.tokens import Caller

if TYPE_CHECKING:
    from starlette.requests import Request

    from sample_services.inventory.faults.parts import Faults
    from sample_services.web.calls import Api, Call


def _first_only(_: Request, reply: Reply) -> Reply:
    methods = reply.headers["Allow"].split(", ")
    return reply.having(Allow=next(each for each in methods if each not in {"HEAD", "OPTIONS"}))


def _page_for_all(request: Request, reply: Reply) -> Reply:
    # Only what the router does not know: a missing item is still missing.
    routed = request.scope["path"].removeprefix("/v2").strip("/").split("/")[0]
    if routed in {"items", "reservations", "stock-levels", "health"}:
        return reply
    return answer(200, {})


def _escapes_crash(api: Api, _: Any) -> Api:
    def check(request: Request) -> None:
        try:
            target.check(request)
        except Problem as problem:
            raise Problem(500) if problem.status == 400 else problem from None

    return replace(api, check=check)


def _crashes_on_expect(request: Request) -> Request | Reply:
    expected = request.headers.get("Expect", "100-continue").lower()
    return request if expected == "100-continue" else refused(Problem(500), "")


def _too_big(body: Any) -> Any:
    if body["onHand"] > 2**63 - 1:
        raise Problem(500)
    return body


def _repeated_500(call: Call) -> Call:
    try:
        return parameters.checked(call)
    except Problem as problem:
        raise Problem(500) if "more than once" in problem.detail else problem from None


def _malformed_500(call: Call) -> Call:
    try:
        return parameters.checked(call)
    except Problem as problem:
        raise Problem(500) if problem.status == 404 else problem from None


def _public(call: Call) -> Call:
    if call.operation.id == "listItems" and "Authorization" not in call.request.headers:
        return replace(call, caller=Caller(subject="nobody", scopes=frozenset()))
    return access.authenticated(call)


def _bad_token_500(call: Call) -> Call:
    try:
        return access.authenticated(call)
    except Problem as problem:
        raise Problem(500) if problem.detail else problem from None


def _unknown_500(_: Call, problem: Problem) -> Reply:
    raise Problem(500) if problem.status == 422 and "SKU" in problem.detail else problem


def _absent_500(_: Call, problem: Problem) -> Reply:
    raise Problem(500) if problem.status == 404 else problem


def _upgrade_demanded(request: Request) -> Request | Reply:
    return refused(Problem(426), "") if "Upgrade" in request.headers else request


FAULTS: Faults = {
    "inventory.allow-first-only": answers(_first_only, status={405}),
    "inventory.declared-501": answers(become(501), "changeItem"),
    "inventory.unknown-route-200": answers(_page_for_all, status={404}),
    "inventory.bad-escape-500": _escapes_crash,
    "inventory.many-headers-500": answers(become(500), status={431}),
    "inventory.large-body-500": answers(become(500), status={413}),
    "inventory.wrong-type-400": answers(become(400), "createItem", "putItem", status={415}),
    "inventory.coding-ignored": requests(lambda request: headers(request, Content_Encoding=None)),
    "inventory.415-without-accept-patch": answers(dropping("Accept-Patch"), status={415}),
    "inventory.deep-json-500": unhandled(lambda problem: problem.detail.startswith("nested")),
    "inventory.unknown-sku-500": raising(_unknown_500, "createReservation"),
    "inventory.big-number-500": contents(_too_big, "setStock"),
    "inventory.repeated-parameter-500": steps(parameters.checked, _repeated_500),
    "inventory.malformed-sku-500": steps(parameters.checked, _malformed_500),
    "inventory.expect-500": requests(_crashes_on_expect),
    "inventory.absent-500": raising(_absent_500, "getItem", "changeItem"),
    "inventory.upgrade-426-bare": requests(_upgrade_demanded),
    "inventory.list-without-token": steps(access.authenticated, _public),
    "inventory.401-without-challenge": answers(dropping("WWW-Authenticate"), status={401}),
    "inventory.bad-token-500": steps(access.authenticated, _bad_token_500),
    "inventory.admin-for-all": steps(access.authorised),
}
