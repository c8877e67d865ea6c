"""`make bench`: what planning costs, beside the floor under it, measured in the same run. Nothing here asserts times."""
