"""Plans the question on standard input by CATS and by a dynamic programme in numpy, and times both.

Times are the processor time of this process, the median of the runs, in seconds.
"""

import json
import statistics
import sys
import time
from datetime import datetime, timedelta, timezone

import numpy as np
from cats.forecast import PointEstimate, WindowedForecast


def timed(runs, work):
    seconds = []
    for _ in range(runs):
        begun = time.process_time()
        answer = work()
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds), answer


def cats(question):
    """The start that CATS chooses, in slots: it wants one value more than there are slots."""
    step, begin = timedelta(minutes=5), datetime(2020, 1, 1, tzinfo=timezone.utc)
    points = [PointEstimate(g, begin + n * step) for n, g in enumerate(question["grams"])]
    minutes = 5 * question["slices"]
    seconds, best = timed(question["cats_runs"], lambda: min(WindowedForecast(points, minutes, begin)))
    return {"seconds": seconds, "start": round((best.start - begin) / step)}


class Programme:
    """The programme of pauses that cost: a row for each slot, over all slices at once."""

    def __init__(self, question):
        grams, hours = np.array(question["grams"][:-1]), 1 / 12
        self.slices = question["slices"]
        kilowatts, paused = question["kilowatts"], question["paused_kilowatts"]
        self.work = (grams * hours * kilowatts).tolist()
        self.paused = (grams * hours * paused).tolist()
        # In the last slot of a pause the job restores itself, at its own power and not at that of a pause.
        before = np.concatenate([[0.0], grams[:-1]]) * hours
        self.resume = (question["pause_kilowatt_hours"] * grams + (kilowatts - paused) * before).tolist()

    def rows(self):
        """For each slot: who is better, a run that goes on or one that starts; and a pause likewise."""
        k = self.slices
        on, off, spare = (np.full(k + 1, np.inf) for _ in range(3))
        start, shape = np.empty(k + 1), (len(self.work), k + 1)
        started, stopped = np.empty(shape, bool), np.empty(shape, bool)
        best, end = np.inf, 0
        for slot, (work, paused, resume) in enumerate(zip(self.work, self.paused, self.resume)):
            np.add(off, resume, out=start)
            start[0] = 0.0  # the wait before the first run is no pause
            np.less(start, on, out=started[slot])
            np.less(on, off, out=stopped[slot])
            np.minimum(on, start, out=start)
            np.minimum(off, on, out=off)
            off += paused
            np.add(start[:-1], work, out=spare[1:])
            on, spare = spare, on
            if on[k] < best:
                best, end = on[k], slot + 1
        return best, end, started, stopped

    def value(self):
        """What the best plan emits, in grams."""
        k = self.slices
        on, off, spare, start = (np.full(k + 1, np.inf) for _ in range(4))
        best = np.inf
        for work, paused, resume in zip(self.work, self.paused, self.resume):
            np.add(off, resume, out=start)
            start[0] = 0.0
            np.minimum(on, start, out=start)
            np.minimum(off, on, out=off)
            off += paused
            np.add(start[:-1], work, out=spare[1:])
            on, spare = spare, on
            if on[k] < best:
                best = on[k]
        return float(best)

    def plan(self):
        """What the best plan emits, and the slots that it runs in."""
        best, slot, started, stopped = self.rows()
        done, runs, chosen = self.slices, True, []
        while done > 0:
            slot -= 1
            if runs:
                done -= 1
                chosen.append(slot)
                runs = not started[slot, done]
            else:
                runs = bool(stopped[slot, done])
        return float(best), chosen[::-1]


def main():
    question = json.load(sys.stdin)
    runs = question["numpy_runs"]
    seconds, (grams, chosen) = timed(runs, lambda: Programme(question).plan())
    value_seconds, value = timed(runs, lambda: Programme(question).value())
    programme = {
        "version": np.__version__,
        "seconds": seconds,
        "grams": grams,
        "slots": chosen,
        "value_seconds": value_seconds,
        "value_grams": value,
    }
    json.dump({"cats": cats(question), "numpy": programme}, sys.stdout)


main()
