/** What is in stock where, and what is held back for orders. */
namespace py example.inventory

enum State {
  HELD = 1,
  SHIPPED = 2,
  RELEASED = 3,
}

struct Level {
  1: required string warehouse,
  2: required i32 free,
}

struct Item {
  1: required string sku,
  2: required string name,
  3: optional list<Level> levels,
}

struct Line {
  1: required string sku,
  2: required i32 quantity,
}

struct Reservation {
  1: required string id,
  2: required State state,
  3: required list<Line> lines,
}

exception NotFound {
  1: required string what,
}

exception OutOfStock {
  1: required list<Line> missing,
}

service Stock {
  Item getItem(1: string sku) throws (1: NotFound notFound),
  Reservation reserve(1: string order, 2: string warehouse, 3: list<Line> lines)
      throws (1: OutOfStock outOfStock),
  Reservation settle(1: string reservation, 2: State state) throws (1: NotFound notFound),
}
