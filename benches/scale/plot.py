"""Plots `work rows seconds mebibytes` lines: seconds and memory by rows, both axes logarithmic."""

import sys

import matplotlib

matplotlib.use("svg")
matplotlib.rcParams["svg.hashsalt"] = "relata"
import matplotlib.pyplot as plot

source, target = sys.argv[1:]
lines = [line.split() for line in open(source)]
figure, (time, memory) = plot.subplots(1, 2, figsize=(9, 3.6))
for work in ("flush", "load", "stream"):
    of_work = [(int(rows), float(s), float(m)) for name, rows, s, m in lines if name == work]
    rows, seconds, mebibytes = zip(*of_work)
    time.plot(rows, seconds, marker="o", label=work)
    memory.plot(rows, mebibytes, marker="o", label=work)
for axes, title in ((time, "seconds"), (memory, "peak memory, MiB")):
    axes.set(xscale="log", yscale="log", xlabel="heroes", title=title)
    axes.grid(True, which="major", alpha=0.3)
    axes.legend()
figure.tight_layout()
figure.savefig(target, metadata={"Date": None})
