typedef string Sku
struct Product { 1: Sku sku, 2: optional Product parent }
service Catalogue {
  Product find(1: Sku sku)
  void put(1: Product product)
}
