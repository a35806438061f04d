include "common/money.thrift"
include "stock.thrift"

struct Order { 1: string id, 2: money.Money total, 3: stock.Place from_ }
