"""Worlds that are drawn by lot, what an independent model foresees of them, and the stories that are told of each.

    world     what a CRM holds, and what manifests want of it, drawn from a seed
    written   the wishes as files: YAML and CSV
    model     what a plan has to say, what the CRM has to hold, and how many calls it may take
    crms      the bundled CRM and the second one, without a socket
    trial     plan, apply, plan again, undo, plan again: each compared with the model

`python -m tests.drawn 17 6` shows the world of a seed and a size, and tells its story.
"""
