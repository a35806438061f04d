/** What the orders service tells the others. */
namespace py example.orders

struct Money {
  1: required i64 amount, // in cents
  2: required string currency,
}

enum Reason {
  CHANGED_MIND = 1,
  DUPLICATE = 2,
  LATE = 3,
  OTHER = 4,
  OUT_OF_STOCK = 5,
  UNAVAILABLE = 6,
}

/** The items of an order are reserved. */
struct OrderConfirmed {
  1: required string order,
  2: required string customer,
  3: required Money total,
  4: optional string note,
}

/** An order will not be sent. */
struct OrderCancelled {
  1: required string order,
  2: required string customer,
  3: required Reason reason,
}

/** An order left the warehouse. */
struct OrderShipped {
  1: required string order,
  2: required string customer,
  3: required string carrier,
  4: required string trackingCode,
}
