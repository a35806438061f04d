struct Address {
  1: string street
  2: string town
  3: optional i32 code
}
