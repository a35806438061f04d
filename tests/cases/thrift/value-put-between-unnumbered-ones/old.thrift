enum Status {
  NEW
  PAID
  SENT
}

struct OrderChanged {
  1: string id
  2: Status status = Status.NEW
}
