"""Takes orders, reserves their items in the inventory and follows them until they are delivered."""
