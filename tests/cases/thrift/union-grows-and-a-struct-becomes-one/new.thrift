union Shape {
  1: double circle
  2: list<double> polygon
}

union Colour {
  1: string name
  2: i32 rgb
}

struct Drawing {
  1: list<Shape> shapes
  2: Colour colour
}
