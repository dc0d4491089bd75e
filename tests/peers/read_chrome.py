"""Checks a file by the description of Chrome's trace events, and says what its lanes hold.

Rules are those of "Trace Event Format" (the JSON object format). Prints one JSON object: `problems`
lists what breaks them, `lanes` counts spans and their nanoseconds by process and thread, `flows` joined
messages, `counters` the last value of each counter by process.
"""

import json
import sys
from collections import Counter, defaultdict
from decimal import Decimal

NEEDED = {
    "X": {"ts", "dur"},
    "B": {"ts"},
    "E": {"ts"},
    "i": {"ts", "s"},
    "C": {"ts", "args"},
    "s": {"ts", "id"},
    "t": {"ts", "id"},
    "f": {"ts", "id"},
    "M": {"args"},
}
METADATA = {
    "process_name": ("name", str),
    "process_labels": ("labels", str),
    "process_sort_index": ("sort_index", int),
    "thread_name": ("name", str),
    "thread_sort_index": ("sort_index", int),
}
problems = []


def problem(what, event):
    problems.append(f"{what}: {json.dumps(event, default=float)}")


def is_number(value):
    return isinstance(value, (int, Decimal)) and not isinstance(value, bool)


def check_fields(event):
    phase = event.get("ph")
    if phase not in NEEDED:
        return problem("no such phase", event)
    if not isinstance(event.get("name"), str) or not event["name"]:
        problem("no name", event)
    for field in ("pid", "tid"):
        if not isinstance(event.get(field), int):
            problem(f"no {field}", event)
    for field in sorted(NEEDED[phase] - event.keys()):
        problem(f"no {field}", event)
    for field in ("ts", "dur"):
        if field in event and not is_number(event[field]):
            problem(f"{field} is no number", event)
    if is_number(event.get("dur")) and event["dur"] < 0:
        problem("it ends before it begins", event)
    if not isinstance(event.get("args", {}), dict):
        problem("args are no object", event)
    if not isinstance(event.get("cat", ""), str):
        problem("cat is no text", event)
    if phase == "i" and event.get("s") not in ("g", "p", "t"):
        problem("no such scope", event)
    if phase == "C" and not (event.get("args") and all(map(is_number, event["args"].values()))):
        problem("a counter without numbers", event)
    if phase == "f" and event.get("bp", "e") != "e":
        problem("no such binding point", event)
    if phase == "M":
        key, kind = METADATA.get(event.get("name"), (None, object))
        if key is None or not isinstance(event.get("args", {}).get(key), kind):
            problem("no such metadata", event)


def slices_by_thread(events):
    """Whole slices and those that never end, by thread, each with where it ends."""
    threads = defaultdict(list)
    for event in events:
        if event["ph"] in "XB":
            end = event["ts"] + event["dur"] if event["ph"] == "X" else Decimal("Infinity")
            threads[event["pid"], event["tid"]].append((event["ts"], end, event))
    return threads


def check_nesting(slices):
    opened = []
    for start, end, event in sorted(slices, key=lambda one: (one[0], -one[1])):
        while opened and opened[-1] <= start:
            opened.pop()
        if opened and end > opened[-1]:
            problem("it does not nest in its thread", event)
        opened.append(end)


def check_flows(events, threads):
    flows = defaultdict(list)
    for event in events:
        if event["ph"] in "stf":
            flows[event.get("cat"), event["name"], event["id"]].append(event)
            around = threads[event["pid"], event["tid"]]
            if not any(start <= event["ts"] <= end for start, end, _ in around):
                problem("a flow without a slice", event)
    for ends in flows.values():
        if [event["ph"] for event in ends] != ["s", "f"]:
            problem("a flow that is no pair", ends)
    return len(flows)


def names_of(events, kind, key):
    names = {}
    for event in events:
        if event["ph"] == "M" and event["name"] == kind:
            if key(event) in names:
                problem("named twice", event)
            names[key(event)] = event["args"]["name"]
    return names


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        whole = json.load(file, parse_float=Decimal)
    events = whole["traceEvents"]
    if whole.get("displayTimeUnit", "ms") not in ("ms", "ns"):
        problem("no such unit", whole["displayTimeUnit"])
    for event in events:
        check_fields(event)
    answer = {"problems": problems}
    if not problems:
        processes = names_of(events, "process_name", lambda event: event["pid"])
        threads = names_of(events, "thread_name", lambda event: (event["pid"], event["tid"]))
        slices = slices_by_thread(events)
        for thread, held in slices.items():
            check_nesting(held)
            if thread not in threads or thread[0] not in processes:
                problem("a lane without a name", thread)
        answer["flows"] = check_flows(events, slices)
        lanes = defaultdict(lambda: {"spans": 0, "open": 0, "duration_ns": 0})
        for thread, held in slices.items():
            for _, _, event in held:
                if event.get("cat") == "span":
                    lane = lanes[processes.get(thread[0]), threads.get(thread)]
                    lane["spans"] += 1
                    lane["open"] += event["ph"] == "B"
                    lane["duration_ns"] += int(event.get("dur", 0) * 1000)
        answer["lanes"] = [
            {"process": process, "thread": thread, **lane} for (process, thread), lane in lanes.items()
        ]
        answer["counters"] = {}
        for event in events:
            if event["ph"] == "C":
                values = {key: float(value) for key, value in event["args"].items()}
                answer["counters"].setdefault(processes.get(event["pid"]), {})[event["name"]] = values
        answer["phases"] = Counter(event["ph"] for event in events)
    print(json.dumps(answer))


main()
