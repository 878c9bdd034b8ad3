"""What there is to see: snapshots to documents, dumps and metrics."""
