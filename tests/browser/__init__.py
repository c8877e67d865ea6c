"""The page in Chromium, driven as a reader would."""
