"""What does it do to L5-S1 to bend, to turn, or to hold the load farther away, one at a time?

Moves the same knobs as the window of `spinesim view` and prints the numbers that it would show.
"""

import time

import spinesim as ss
from spinesim.viz.live import Live
from spinesim.viz.picture import Shown

STEPS = (
    ("standing with 5 kg", "load", 5.0),
    ("bent 30 degrees", "flexion", 30.0),
    ("and turned 5 degrees", "rotation", 5.0),
    ("and 5 degrees aside", "lateral", 5.0),
)


def main() -> None:
    model, person, posture, load = ss.SpineModel.default(), ss.Subject(), ss.Posture(), ss.Load()
    live = Live(model, Shown.case_of(person, posture, load, ss.solve(model, person, posture, load), "Sliders"))
    print(f"{'':24}  {'L5-S1 net N':>11}  {'facets N':>12}")
    begin = time.perf_counter()
    for words, knob, value in STEPS:
        live.set(knob, value)
        print(row(words, live))
    live.carry("stretched arms")
    print(row("with stretched arms", live))
    print(f"\n{1e3 * (time.perf_counter() - begin) / (len(STEPS) + 1):.0f} ms a step")


def row(words: str, live: Live) -> str:
    """Loads of L5-S1 in the present case."""
    at = live.case[2].level("L5-S1")
    left, right = at["facet_force_N"]
    return f"{words:24}  {at['compression_N']:11.0f}  {left:5.0f} {right:5.0f}"


if __name__ == "__main__":
    main()
