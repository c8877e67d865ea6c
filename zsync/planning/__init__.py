"""Make a plan: resolve keys, read and join lists, decide on changes, pack them, ask the guards. Nothing here can write."""
