"""The tests of zsync, in folders like those of the package."""
