"""What is to be done: keys to ids, lists compared, changes packed and guarded. It cannot write."""
