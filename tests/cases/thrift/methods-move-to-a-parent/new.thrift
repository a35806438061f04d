service Alive {
  void ping()
}
service Calculator extends Alive {
  i32 add(1: i32 a, 2: i32 b)
  oneway void zip()
}
