include "stock.thrift"

struct Money { 1: i64 cents, 2: string currency }
struct Order { 1: string id, 2: Money total, 3: stock.Place from_ }
