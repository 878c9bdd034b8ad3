"""What a virtual router claims from the kernel: addresses, routes, rules."""
