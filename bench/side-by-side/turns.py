"""A side of the comparison waits for its turn: a word on standard input, one JSON object a line on standard output."""

import json
import platform
import sys
import time


def say(answer):
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def serve(ready, play):
    """Say what there was to prepare, then play at every `run` until `end`, and say how much memory all took.

    play: returns (a function to time, a function that reads the outcome afterwards)
    """
    say({"runtime": f"Python {platform.python_version()}", **ready})
    for line in sys.stdin:
        if line.strip() != "run":
            break
        timed, outcome = play()
        wall, cpu = time.perf_counter(), time.process_time()
        timed()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        say({"wall_s": wall, "cpu_s": cpu, **outcome()})
    say({"peak_rss_kib": peak_rss_kib()})


def peak_rss_kib():
    """The most memory that was resident, of this program alone: not what the one that started it had."""
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
