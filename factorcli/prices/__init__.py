"""Where closes come from, and the gate that no bad price passes."""
