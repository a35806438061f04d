"""docs/proofs.md shows what the commands print."""


def test_the_page_shows_what_the_commands_print(hold):
    text = hold("proofs.md")
    assert "proved harmless" in text
    assert "[schema.not-contained]" in text
    assert "[schema.not-decided]" in text
