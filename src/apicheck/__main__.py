"""``python -m apicheck``."""

from apicheck.cli import main

if __name__ == "__main__":
    main()
