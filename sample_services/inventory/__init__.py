"""What is in stock where, and what is held back for orders."""
