"""`python -m tests.drawn SEED [SIZE]`: show the manifests of a drawn world, and tell its story on both CRMs."""

import sys

from tests.drawn import trial, written
from tests.drawn.world import draw


def main(seed: int, size: int = trial.SMALL) -> None:
    """Show a world, and try it. Raises `AssertionError` where its story is not as the model foresees."""
    world = draw(seed, size)
    print(world.ways)
    for edge, fields in world.current.items():
        print("in the CRM:", *edge, fields)
    print("converted:", *sorted(world.converted))
    for name, text in written.files(world).items():
        print(f"\n--- {name}\n{text}", end="")
    trial.try_out(seed, size)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
