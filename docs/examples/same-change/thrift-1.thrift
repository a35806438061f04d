struct OrderPlaced {
  1: required string sku,
  2: required i32 quantity,
}
