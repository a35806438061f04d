"""The page stands by itself, shows everything, and strangers' texts in it are only text."""

from html.parser import HTMLParser

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apicheck.model import Severity, Witness
from apicheck.report import RenderOptions, named

EMPTY = {"meta", "input", "br"}


class Page(HTMLParser):
    """What a browser would make of a page: its elements, its text, and how it nests."""

    def __init__(self, source):
        super().__init__()
        self.open, self.elements, self.text = [], [], ""
        self.feed(source)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def page(report, **options):
    return Page(named("html")(report, RenderOptions(**options)))


def test_nothing_is_loaded_and_nothing_runs(rich):
    seen = page(rich)
    assert {tag for tag, _ in seen.elements}.isdisjoint({"script", "img", "link", "a", "iframe"})
    for _, attributes in seen.elements:
        assert not {"src", "href", "style"} & attributes.keys()
        assert not [each for each in attributes if each.startswith("on")]
    policy = next(each["content"] for tag, each in seen.elements if "http-equiv" in each)
    assert policy.startswith("default-src 'none'")


@given(st.text(st.sampled_from(list("<>&\"'/= aimgx!-\u202e\n")), max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_strangers_text_is_shown_and_adds_no_element(make, text):
    plain = page(make.report(make.finding(label="L", message="M", values={"a": 1})))
    seen = page(make.report(make.finding(label=f"L{text}", message=f"M{text}", values={"a": 1})))
    assert [tag for tag, _ in seen.elements] == [tag for tag, _ in plain.elements]


def test_every_finding_is_told_with_its_place_and_what_to_do(rich):
    seen = page(rich)
    live = [each for each in rich.findings if each.waived is None]
    for rule in {each.rule.id for each in live}:
        assert rule in seen.text
    assert "contracts/my api/v2.yaml:14" in seen.text
    assert "Keep the value and mark it deprecated until no peer sends it." in seen.text
    assert "web (2 interactions)" in seen.text
    assert all(note in seen.text for note in rich.notes)


def test_the_place_in_a_payload_is_marked(make):
    witness = Witness(
        value={"id": 7, "sku": "x"}, accepted_by="old", rejected_by="new", at=("sku",)
    )
    text = named("html")(make.report(make.finding(witness=witness)), RenderOptions())
    assert "{&quot;id&quot;:7,&quot;sku&quot;:<mark>&quot;x&quot;</mark>}" in text


def test_boxes_choose_among_the_severities_that_there_are(make):
    seen = page(make.report(make.finding(), make.finding(severity=Severity.INFO, breaking=False)))
    boxes = [each["id"] for tag, each in seen.elements if tag == "input"]
    assert boxes == ["error", "info"]


def test_quiet_tells_errors_and_the_verdict(make):
    errors = make.finding(message="gone for good")
    other = make.finding(message="only a remark", severity=Severity.INFO, breaking=False)
    seen = page(make.report(errors, other, notes=("a note",)), quiet=True)
    assert "gone for good" in seen.text
    assert "Breaking" in seen.text
    assert "only a remark" not in seen.text
    assert "a note" not in seen.text
