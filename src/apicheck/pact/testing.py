"""Consumer tests with pact-python in a few lines, and without its silent traps.

    recorder = Recorder("orders", "inventory", tmp_path)
    asked = recorder.http("the level of an item", given="TEA-100 is sold")
    asked.with_request("GET", "/items/TEA-100/stock").will_respond_with(200).with_body(...)
    with recorder.served() as url:
        assert my_client(url).level("TEA-100") == 5
    recorder.finish(Path("contracts/pacts/orders-inventory.json"))

What pact-python lets pass and this refuses: a generator written as a value, a matcher without an
example, two interactions of one description, of which the later replaces the other, and a handler
that takes any message since it does not look at it.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from apicheck.errors import ApicheckError, UnsupportedFeature
from apicheck.pact.diff import CHANGED, changes
from apicheck.pact.lint import BARE_GENERATOR, DUPLICATE, NULL_EXAMPLE, remarks
from apicheck.pact.model import Interaction, Kind, Part
from apicheck.pact.read import pact_of, read_pact
from apicheck.pact.traps import Careful
from apicheck.pact.watching import touched
from apicheck.sources import Options, in_memory

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

__all__ = ["PactError", "Recorder"]

_TRAPS = (BARE_GENERATOR, NULL_EXAMPLE, DUPLICATE)


class PactError(ApicheckError, AssertionError):
    """A pact that says something else than its test means, or than what is stored."""


class Recorder:
    """The pact of one consumer with one provider, made by several tests.

    Each test describes one interaction and uses it; what was used is written to ``folder``, which
    is to be a scratch folder.
    """

    def __init__(
        self, consumer: str, provider: str, folder: Path, specification: str = "V4"
    ) -> None:
        try:
            import pact
        except ImportError:
            raise UnsupportedFeature(
                "consumer tests need pact-python",
                "pact",
                hint="pip install 'apicheck-toolkit[pact]'",
            ) from None
        # pact-python tells its makers of each run, unless it is told not to.
        os.environ.setdefault("PACT_DO_NOT_TRACK", "true")
        self._library = pact
        self.consumer = consumer
        self.provider = provider
        self.path = folder / f"{consumer}-{provider}.json"
        self._specification = specification
        self._described: list[str] = []
        self._current: Any = None

    def http(self, description: str, given: str = "") -> Any:
        """A new HTTP interaction, to be filled in the way of pact-python."""
        return self._new(description, given, "HTTP")

    def message(self, description: str, given: str = "") -> Any:
        """A new message that the provider sends."""
        return self._new(description, given, "Async")

    def call(self, description: str, given: str = "") -> Any:
        """A new synchronous message: a request, and the provider's reply."""
        return self._new(description, given, "Sync")

    def _new(self, description: str, given: str, kind: str) -> Any:
        if description in self._described:
            raise PactError(f"{description!r} is described twice: one would replace the other")
        self._described.append(description)
        self._current = self._library.Pact(self.consumer, self.provider).with_specification(
            self._specification
        )
        interaction = self._current.upon_receiving(description, kind)

        def refuse(method: str, found: list[str]) -> None:
            if found:
                told = "\n".join(f"{description}: {method}(): {each}" for each in found)
                raise PactError(told)

        careful = Careful(interaction, refuse)
        return careful.given(given) if given else careful

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a provider that answers as described; it must be asked exactly so."""
        self._checked(Kind.HTTP)
        with self._current.serve("127.0.0.1") as server:
            yield str(server.url).rstrip("/")
        self._write()

    def handled(self, handler: Callable[[Any, Mapping[str, Any]], Any]) -> Any:
        """Give the content and metadata of the message to who handles it; gives its answer."""
        part = self._checked(Kind.MESSAGE).response
        assert part is not None
        content, seen = touched(_content(part))
        answer = handler(content, dict(part.metadata))
        if not seen:
            _really(content, lambda nothing: handler(nothing, dict(part.metadata)), "the handler")
        self._write()
        return answer

    def called(self, ask: Callable[[Callable[[Any], Any]], Any]) -> Any:
        """Let a consumer ask: it is given a function that takes a request and gives the reply.

        PactError where the request is another one than described.
        """
        interaction = self._checked(Kind.SYNC)
        request, response = interaction.request, interaction.response
        assert request is not None
        assert response is not None
        asked = []
        reply, seen = touched(_content(response))

        def provider(content: Any) -> Any:
            asked.append(content)
            if content != _content(request):
                raise PactError(f"{content!r} was asked, not {_content(request)!r}")
            return reply

        answer = ask(provider)
        if len(asked) != 1:
            raise PactError(f"the provider was asked {len(asked)} times, not once")
        if not seen:
            _really(reply, lambda nothing: ask(lambda _: nothing), "the consumer")
        self._write()
        return answer

    def _checked(self, kind: Kind) -> Interaction:
        """The interaction as it is written, if it says what it is meant to say."""
        if self._current is None:
            raise PactError("describe an interaction first")
        with tempfile.TemporaryDirectory(prefix="apicheck-pact-") as folder:
            self._current.write_file(folder, overwrite=True)
            (written,) = Path(folder).glob("*.json")
            pact = pact_of(in_memory(json.loads(written.read_text("utf-8")), str(written.name)))
        found = [each for each in remarks(pact) if each.rule in _TRAPS]
        if found:
            told = "\n".join(
                f"{each.label}: {each.rule.message.format(**each.values)}\n  {each.rule.fix}"
                for each in found
            )
            raise PactError(told)
        (interaction,) = pact.interactions
        if interaction.kind is not kind:
            raise PactError(f"{interaction.description!r} is about {interaction.kind.value}")
        return interaction

    def _write(self) -> None:
        if self.path.is_file():
            self._refuse_replacing()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._current.write_file(self.path.parent, overwrite=False)
        self._current = None

    def _refuse_replacing(self) -> None:
        """PactError where the file has this interaction already, and it says something else."""
        with tempfile.TemporaryDirectory(prefix="apicheck-pact-") as folder:
            self._current.write_file(folder, overwrite=True)
            (written,) = Path(folder).glob("*.json")
            new = read_pact(str(written), Options())
        found = [c for c in changes(read_pact(str(self.path), Options()), new) if c.rule is CHANGED]
        if found:
            told = "\n".join(f"{c.label}: {c.rule.message.format(**c.values)}" for c in found)
            raise PactError(
                f"{self.path} has this interaction with other content: two tests describe it, or"
                f" the folder is not fresh\n{told}"
            )

    def finish(self, stored: Path, *, accept: bool = False) -> None:
        """Hold what the tests wrote against the stored pact; with ``accept``, store it.

        PactError where an interaction was described and not used, or where the two differ.
        """
        new = read_pact(str(self.path), Options())
        written = {each.description for each in new.interactions}
        unused = [each for each in self._described if each not in written]
        if unused:
            raise PactError(f"described, and not used to the end: {', '.join(unused)}")
        if accept:
            data = json.loads(self.path.read_text("utf-8"))
            # Versions of the libraries would make each upgrade a change of the pact.
            data["metadata"] = {"pactSpecification": data["metadata"]["pactSpecification"]}
            stored.parent.mkdir(parents=True, exist_ok=True)
            stored.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")
            return
        if not stored.is_file():
            raise PactError(f"{stored} is not there; store the pact with accept=True")
        found = list(changes(read_pact(str(stored), Options()), new))
        if found:
            told = "\n".join(f"{c.label}: {c.rule.message.format(**c.values)}" for c in found)
            raise PactError(f"{stored} is not what the tests say:\n{told}")


def _content(part: Part) -> Any:
    return None if part.body is None else part.body.value


def _really(content: Any, read: Callable[[Any], Any], who: str) -> None:
    """PactError where nobody looked at a content, and an empty one is taken as well.

    Libraries in C may look without being seen; they complain of an empty one.
    """
    if not isinstance(content, (dict, list)) or not content:
        return
    try:
        read([] if isinstance(content, list) else {})
    except Exception:  # noqa: BLE001 - whatever it raises, it looked
        return
    raise PactError(f"{who} takes an empty message too: it does not read what the pact says")
