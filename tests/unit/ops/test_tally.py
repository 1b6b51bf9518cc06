"""Blobs and the repositories that refer to them."""

import random

from dockyard.ops.tally import Shares, Tally


def test_it_agrees_with_counting_by_hand():
    dice = random.Random(5)
    sizes = {f"sha256:{number:064x}": dice.randrange(1, 1000) for number in range(200)}
    holds = {number: dice.sample(sorted(sizes), dice.randrange(60)) for number in range(12)}
    tally = Tally()
    for number, blobs in holds.items():
        tally.add(number, {blob: sizes[blob] for blob in blobs})
    for seen in (set(holds), {1, 2, 3}, {7}, set()):
        together = {blob for number in seen for blob in holds[number]}
        own = {
            number: sum(
                sizes[blob]
                for blob in holds[number]
                if not any(blob in holds[other] for other in seen - {number})
            )
            for number in seen
        }
        found = tally.shares(seen)
        assert (found.blobs, found.bytes) == (len(together), sum(sizes[blob] for blob in together))
        assert {number: found.own.get(number, 0) for number in seen} == own
    tally.close()


def test_nothing_is_nothing():
    tally = Tally()
    assert tally.shares([]) == Shares(0, 0, {})
    tally.close()
