// Ids left out are given from -1 downwards: taking the first field away moves all others.
struct Point {
  double weight
  double x
  double y
}
