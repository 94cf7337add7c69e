"""What `make bench-peers` is made of."""
