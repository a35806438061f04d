struct Address {
  1: string town
  2: string street
  3: optional string country
}
