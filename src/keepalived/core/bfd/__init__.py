"""Sessions that watch a path: bidirectional forwarding detection."""
