"""Two jobs of Tsunagu in Python, to compare with: bench/peers/README.md."""
