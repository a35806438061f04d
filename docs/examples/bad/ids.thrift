struct Order {
  1: string id,
  1: string note,
}
