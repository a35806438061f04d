union Shape {
  1: double circle
}

struct Colour {
  1: optional string name
  2: optional i32 rgb
}

struct Drawing {
  1: list<Shape> shapes
  2: Colour colour
}
