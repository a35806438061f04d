"""How values of well-known formats are usually written, as patterns.

Each says less than its format: every text that it matches is of the format, but not the other way
round. So a value that is found is one, and odd ones (a UUID in capitals, a leap second) are not
held against anybody.
"""

from __future__ import annotations

__all__ = ["USUAL"]

_DATE = "20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
_BYTE = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_NAME = "[a-z]([a-z0-9]{0,20}[a-z0-9])?"

#: Format -> pattern (RFC 9562, 4; RFC 3339, 5.6; RFC 5321, 4.1.2; RFC 3986, 3).
USUAL = {
    "uuid": "^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
    "date": f"^{_DATE}$",
    "time": f"^{_TIME}Z$",
    "date-time": f"^{_DATE}T{_TIME}Z$",
    "email": f"^{_NAME}@{_NAME}\\.[a-z]{{2,6}}$",
    "hostname": f"^{_NAME}(\\.{_NAME}){{0,3}}$",
    "ipv4": f"^{_BYTE}(\\.{_BYTE}){{3}}$",
    "uri": f"^https?://{_NAME}(\\.{_NAME}){{0,3}}(/[a-z0-9]{{0,20}}){{0,3}}$",
    "uri-reference": f"^https?://{_NAME}(\\.{_NAME}){{0,3}}(/[a-z0-9]{{0,20}}){{0,3}}$",
}
