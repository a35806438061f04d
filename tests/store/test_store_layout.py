import pytest

from apicheck.errors import SourceError
from apicheck.store.layout import arrange, contracts, find, find_contract, find_release

PATHS = [
    "README.md",
    "apicheck.lock",
    "orders/apicheck.toml",
    "orders/openapi/1.10.0.yaml",
    "orders/openapi/1.9.0.yaml",
    "orders/openapi/2.0.0-rc.1.yaml",
    "orders/openapi/notes.md",
    "orders/openapi/draft.yaml",
    "orders/events/OrderPlaced/1.0.0.json",
    "payments/openapi/v1/openapi.yaml",
    "payments/openapi/v1/schemas/money.yaml",
    "pacts/web-orders.json",
    "shop/asyncapi/2020-08-27.json",
]


def test_contracts_are_told_by_folder_and_versions_ordered():
    found = {each.name: [str(r.version) for r in each.releases] for each in arrange(PATHS)}
    assert found == {
        "orders/events/OrderPlaced": ["1.0.0"],
        "orders/openapi": ["1.9.0", "1.10.0", "2.0.0-rc.1"],
        "payments/openapi": ["v1"],
        "shop/asyncapi": ["2020-08-27"],
    }


def test_a_folder_is_one_version_with_an_entry():
    (release,) = find_contract(arrange(PATHS), "payments").releases
    assert release.path == "payments/openapi/v1"
    assert release.entry == "payments/openapi/v1/openapi.yaml"
    assert len(release.files) == 2


def test_one_version_twice_is_an_error():
    with pytest.raises(SourceError, match="same version"):
        arrange(["a/openapi/1.0.0.yaml", "a/openapi/v1.json"])


def test_latest_is_no_prerelease_unless_there_is_nothing_else():
    orders = find_contract(arrange(PATHS), "orders")
    assert str(find_release(orders, "latest").version) == "1.10.0"
    only = find_contract(arrange(["a/openapi/1.0.0-rc.1.yaml"]), "a")
    assert str(find_release(only, "latest").version) == "1.0.0-rc.1"


def test_a_plain_version_is_held_against_no_prerelease():
    paths = ["a/openapi/1.0.0.yaml", "a/openapi/2.0.0-rc.1.yaml", "a/openapi/2.0.0.yaml"]
    (stored,) = arrange(paths)
    one, candidate, two = stored.releases
    assert stored.before(two.version) == one
    assert stored.before(candidate.version) == one
    assert stored.before(one.version) is None


def test_find_by_service_by_contract_and_by_another_spelling_of_the_version(tmp_path):
    for path in PATHS:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    assert find(tmp_path, "orders", "1.9.0").name == "1.9.0.yaml"
    assert find(tmp_path, "orders/openapi", "v1.9").name == "1.9.0.yaml"
    assert find(tmp_path, "shop", "latest").name == "2020-08-27.json"
    assert find(tmp_path, "orders/events/OrderPlaced", "1.0.0").suffix == ".json"
    assert len(contracts(tmp_path)) == 4


@pytest.mark.parametrize(
    ("name", "version", "told"),
    [
        ("oders", "1.0.0", "did you mean 'orders'"),
        ("billing", "1.0.0", "shop/asyncapi"),
        ("orders", "1.2.3", "1.9.0, 1.10.0"),
        ("orders", "newest", "'latest'"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(tmp_path, name, version, told):
    for path in PATHS:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("{}")
    with pytest.raises(SourceError, match="no such") as caught:
        find(tmp_path, name, version)
    assert told in str(caught.value)


def test_a_service_with_several_contracts_and_no_openapi_must_be_named_in_full():
    known = arrange(["a/events/X/1.json", "a/events/Y/1.json"])
    with pytest.raises(SourceError, match="several") as caught:
        find_contract(known, "a")
    assert "a/events/X, a/events/Y" in str(caught.value)


def test_no_store_says_how_to_make_one(tmp_path):
    with pytest.raises(SourceError, match="apicheck init"):
        contracts(tmp_path / "contracts")
