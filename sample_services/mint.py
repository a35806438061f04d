"""Print a token: `python -m sample_services.mint alice orders:ship`."""

from __future__ import annotations

import argparse
import os

from sample_services.web.tokens import SAMPLE_SECRET, mint


def main() -> None:
    """Print a token for a subject with scopes."""
    parser = argparse.ArgumentParser(prog="python -m sample_services.mint", description=__doc__)
    parser.add_argument("subject")
    parser.add_argument("scopes", nargs="*", help="orders:ship inventory:admin events:deliver")
    parser.add_argument(
        "--lifetime", type=float, default=86400.0, help="seconds; negative: expired"
    )
    parser.add_argument("--secret", default=os.environ.get("TOKEN_SECRET", SAMPLE_SECRET))
    given = parser.parse_args()
    print(mint(given.secret, given.subject, given.scopes, given.lifetime))  # noqa: T201


if __name__ == "__main__":
    main()
