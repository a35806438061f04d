"""Small pacts, and how they get into a broker."""

import base64
import json


def pact(consumer="shop", provider="stock", status=200, descriptions=("an order",)):
    return {
        "consumer": {"name": consumer},
        "provider": {"name": provider},
        "interactions": [
            {
                "description": each,
                "providerStates": [{"name": "there is one"}],
                "request": {"method": "GET", "path": "/orders/1"},
                "response": {"status": status},
            }
            for each in descriptions
        ],
        "metadata": {"pactSpecification": {"version": "3.0.0"}},
    }


def publication(version="1", branch="main", tags=(), contract=None, **pact_values):
    contract = contract or pact(**pact_values)
    return {
        "pacticipantName": contract["consumer"]["name"],
        "pacticipantVersionNumber": version,
        "branch": branch,
        "tags": list(tags),
        "contracts": [
            {
                "consumerName": contract["consumer"]["name"],
                "providerName": contract["provider"]["name"],
                "specification": "pact",
                "contentType": "application/json",
                "content": base64.b64encode(json.dumps(contract).encode()).decode(),
            }
        ],
    }


def publish(client, **values):
    answer = client.post("/contracts/publish", json=publication(**values))
    assert answer.status_code == 200, answer.text
    return answer.json()


def verify(
    client, version, *, success=True, of="1", consumer="shop", provider="stock", branch=None
):
    """Publish a result for the pact of a consumer version, as a verifier does."""
    if branch is not None:
        client.put(f"/pacticipants/{provider}/branches/{branch}/versions/{version}", json={})
    found = client.get(f"/pacts/provider/{provider}/consumer/{consumer}/version/{of}").json()
    answer = client.post(
        found["_links"]["pb:publish-verification-results"]["href"],
        json={"providerApplicationVersion": version, "success": success},
    )
    assert answer.status_code == 201, answer.text
    return answer


def environment(client, name="production"):
    answer = client.post("/environments", json={"name": name, "production": True})
    assert answer.status_code == 201, answer.text
    return answer.json()["uuid"]


def deploy(client, where, name, version, instance=None):
    answer = client.post(
        f"/pacticipants/{name}/versions/{version}/deployed-versions/environment/{where}",
        json={"applicationInstance": instance} if instance else {},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def can_i_deploy(client, name, version, where="production"):
    query = f"pacticipant={name}&version={version}&environment={where}"
    answer = client.get(f"/can-i-deploy?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()["summary"]
