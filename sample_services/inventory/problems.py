"""The problems that only the inventory has."""

from sample_services.web.problems import Kind

BASE = "https://inventory.example.com/problems/"

DUPLICATE_SKU = Kind("duplicate-sku", "There is an item with this SKU")
IN_USE = Kind("in-use", "Something of it is reserved")
OUT_OF_STOCK = Kind("out-of-stock", "There is not enough in stock")
ALREADY_SETTLED = Kind("already-settled", "The reservation is settled in another way")
