"""One command a benchmark: `python -m benchmarks.NAME [--json]` prints ours beside the other's, measured in one run."""
