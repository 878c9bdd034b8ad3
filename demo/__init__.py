"""The guide's case study XI, told as a story on real kernels: `python -m demo`."""
