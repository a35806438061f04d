typedef string Code
struct Article { 1: Code sku, 2: optional Article parent }
service Catalogue {
  Article find(1: Code sku)
  void put(1: Article product)
}
