"""Sums tokens and costs straight from trace files, by agent and model, with nothing of tracekit.

Reads a folder: `claude/*.jsonl` (sessions of Claude Code), `flow.jsonl` (Claude-Flow), `otlp*.jsonl`
(OTLP-JSON), `myagent.jsonl`, and `prices.toml`. Prints an object: `rows`, each with agent, model, calls,
tokens by kind and the cost in millionths of a dollar or null, and `unknown`, the models without a price.
"""

import collections
import fractions
import json
import pathlib
import re
import sys
import tomllib

KINDS = ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens", "unsplit_tokens"]


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def claude_calls(files):
    """One call a message id, in however many lines and files it stands: the largest of each count."""
    calls = {}
    for line in (line for path in sorted(files) for line in lines(path)):
        usage = line.get("message", {}).get("usage") if line["type"] == "assistant" else None
        if usage is None:
            continue
        counts = {
            "input_tokens": usage.get("input_tokens", 0),
            "output_tokens": usage.get("output_tokens", 0),
            "cache_read_tokens": usage.get("cache_read_input_tokens", 0),
            "cache_write_tokens": usage.get("cache_creation_input_tokens", 0),
            "hour": usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0),
        }
        agent = line.get("agentId", "main") if line["isSidechain"] else "main"
        known = calls.setdefault(line["message"]["id"], (agent, line["message"]["model"], counts))
        for kind, count in counts.items():
            known[2][kind] = max(known[2][kind], count)
    return list(calls.values())


def flow_calls(path):
    calls = []
    for line in lines(path):
        tokens = line["data"].get("tokens")
        if tokens:
            counts = {"input_tokens": tokens["input"], "output_tokens": tokens["output"]}
            calls.append((line["agentId"], line["data"].get("model"), counts))
    return calls


def otlp_calls(files):
    """Spans once by trace and id; those of agents only in traces where no call of a model has tokens."""
    spans = {}
    for line in (line for path in sorted(files) for line in lines(path)):
        for resource in line["resourceSpans"]:
            for scope in resource["scopeSpans"]:
                for span in scope["spans"]:
                    spans[(span["traceId"], span["spanId"])] = span
    found = []
    for (trace, _), span in spans.items():
        value = {one["key"]: next(iter(one["value"].values())) for one in span["attributes"]}
        usage = {key.removeprefix("gen_ai.usage."): int(count)
                 for key, count in value.items() if key.startswith("gen_ai.usage.")}
        if usage:
            cached = usage.get("cache_read.input_tokens", 0)
            counts = {
                "input_tokens": usage["input_tokens"] - cached,
                "output_tokens": usage["output_tokens"],
                "cache_read_tokens": cached,
            }
            is_call = value["gen_ai.operation.name"] == "chat"
            model = value.get("gen_ai.request.model")
            found.append((trace, is_call, (value["gen_ai.agent.name"], model, counts)))
    with_calls = {trace for trace, is_call, _ in found if is_call}
    return [call for trace, is_call, call in found if is_call or trace not in with_calls]


def myagent_calls(path):
    calls = []
    for line in lines(path):
        counts = {"unsplit_tokens": line["tokens_used"]}
        if "input_tokens" in line:
            counts = {kind: line[kind] for kind in ("input_tokens", "output_tokens")}
        calls.append((line["agent_name"], line["model"], counts))
    return calls


def cost(counts, price):
    """In dollars; nothing where no price is known, or of which tokens it would be."""
    if price is None or counts.get("unsplit_tokens"):
        return None
    amount = lambda kind: fractions.Fraction(str(price[kind]))
    hour = counts.get("hour", 0)
    dollars = (
        counts.get("input_tokens", 0) * amount("input")
        + counts.get("output_tokens", 0) * amount("output")
        + counts.get("cache_read_tokens", 0) * amount("cache_read")
        + (counts.get("cache_write_tokens", 0) - hour) * amount("cache_write")
        + hour * amount("cache_write_1h")
    )
    return dollars / 1_000_000


def main(folder):
    folder = pathlib.Path(folder)
    prices = {one["name"]: one for one in tomllib.loads((folder / "prices.toml").read_text())["model"]}
    calls = claude_calls((folder / "claude").glob("*.jsonl")) + flow_calls(folder / "flow.jsonl")
    calls += otlp_calls(folder.glob("otlp*.jsonl")) + myagent_calls(folder / "myagent.jsonl")
    sums, unknown = collections.defaultdict(collections.Counter), set()
    for agent, model, counts in calls:
        # A model may have a date at its end.
        price = prices.get(re.sub(r"-\d{8}$", "", model or ""))
        row = sums[(agent, model)]
        row["calls"] += 1
        row.update({kind: counts.get(kind, 0) for kind in KINDS})
        dollars = cost(counts, price)
        if dollars is not None:
            row["priced"] += 1
            row["cost"] += dollars
        if price is None and model is not None:
            unknown.add(model)
    rows = []
    for (agent, model), row in sums.items():
        micros = row["cost"] * 1_000_000
        assert micros == int(micros), "the prices are whole dollars a million"
        known = {kind: row[kind] for kind in ["calls", *KINDS]}
        amount = int(micros) if row["priced"] else None
        rows.append({"agent": agent, "model": model, **known, "cost_microusd": amount})
    print(json.dumps({"rows": rows, "unknown": sorted(unknown)}))


main(sys.argv[1])
