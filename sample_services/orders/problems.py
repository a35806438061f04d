"""The problems that only orders has."""

from sample_services.web.problems import Kind

BASE = "https://orders.example.com/problems/"

NOT_CANCELLABLE = Kind("not-cancellable", "The order cannot be cancelled any more")
NOT_CHANGEABLE = Kind("not-changeable", "The order cannot be changed any more")
NOT_SHIPPABLE = Kind("not-shippable", "The order is in no state to be shipped")
OUT_OF_STOCK = Kind("out-of-stock", "There is not enough in stock")
DUPLICATE_REFERENCE = Kind("duplicate-reference", "Another open order has this reference")
TIMEOUT = Kind("timeout", "A neighbour did not answer in time")
