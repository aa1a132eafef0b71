"""The running product and charge points that are not ours: separate processes, driven from outside only."""
