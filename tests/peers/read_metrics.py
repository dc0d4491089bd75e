"""Reads both expositions of a folder with the parsers of prometheus_client.

Prints the samples of each, and the examples of the OpenMetrics one.
"""

import json
import sys
from pathlib import Path

from prometheus_client import parser
from prometheus_client.openmetrics import parser as open_parser

folder = Path(sys.argv[1])


def samples(families):
    found, examples = [], []
    for family in families:
        assert family.documentation, family.name
        assert family.type in ("counter", "gauge", "histogram"), family
        for sample in family.samples:
            assert sample.timestamp is None, sample
            found.append([sample.name, sample.labels, sample.value])
            if sample.exemplar:
                examples.append([sample.labels, sample.exemplar.labels, sample.exemplar.value])
    return found, examples


classic = (folder / "export.prom").read_text(encoding="utf-8")
opened = (folder / "export.openmetrics.txt").read_text(encoding="utf-8")
prometheus, _ = samples(parser.text_string_to_metric_families(classic))
openmetrics_samples, examples = samples(open_parser.text_string_to_metric_families(opened))
print(json.dumps({"prometheus": prometheus, "openmetrics": openmetrics_samples, "examples": examples}))
