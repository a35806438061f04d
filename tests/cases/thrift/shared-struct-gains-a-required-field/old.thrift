// Two methods share a struct that grows a required field.
namespace py shop.orders

struct Item {
  1: string sku
  2: i32 count
}

struct Order {
  1: string id
  2: list<Item> items
}

service Orders {
  string place(1: Order order)
  Order find(1: string id)
  list<Order> all()
}
