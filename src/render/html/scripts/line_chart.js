// Lines over time: series, what was expected of the first, its anomalies, changes and forecast.

function drawLines(plot, chart, title) {
  const hidden = new Set();
  const { redraw } = drawWithLibrary(plot, (width) => ({
    height: width < 480 ? 230 : 260,
    label: lineSummary(chart, title),
    isEmpty: !chart.series.some(({ values }) => values.some((value) => value !== null)),
    option: lineOption(chart, hidden, width),
  }));
  addKey(plot, chart.series.map(({ name }) => name), (i) => lineSwatch(i), hidden, redraw);
  addNotes(plot, lineNotes(chart));
}

function lineSwatch(index) {
  const line = buildSvg("line", { x1: 0, y1: 5, x2: 18, y2: 5, stroke: seriesColour(index), "stroke-width": 2 });
  const dash = lineDash(index);
  if (dash !== "solid") line.setAttribute("stroke-dasharray", dash.join(" "));
  return buildSvg("svg", { viewBox: "0 0 18 10", class: "line-swatch", "aria-hidden": "true" }, line);
}

// The first lines are whole: four colours are told apart, more of them are not.
function lineDash(index) {
  return index < 4 ? "solid" : DASHES[1 + ((index - 4) % (DASHES.length - 1))];
}

function changeSign(index) {
  return index < 26 ? String.fromCharCode(65 + index) : "";
}

function lineNotes(chart) {
  const sign = (text, look) => build("b", { class: `sign ${look}` }, text);
  const anomalies = (chart.anomalies ?? []).map((anomaly) => [
    sign(anomalySign(anomaly).text, anomalySign(anomaly).look),
    build("span", { class: "when" }, bucketText(anomaly.at_us, chart.step_us)),
    ` ${humanise(anomaly.value, chart.unit)} · ${cut(anomaly.text, 240)}`,
  ]);
  const changes = (chart.changes ?? []).map((change, i) => [
    sign(changeSign(i) || "|", "change"),
    build("span", { class: "when" }, bucketText(change.at_us, chart.step_us)),
    ` ${cut(change.text, 240)}`,
  ]);
  return [...changes, ...anomalies];
}

function anomalySign({ severity }) {
  return /^(crit|high|severe|major|bad|error)/i.test(severity)
    ? { text: "▲", look: "bad", symbol: "triangle", size: 12 }
    : { text: "◆", look: "warning", symbol: "diamond", size: 12 };
}

function extremes(lists) {
  let low = Infinity;
  let high = -Infinity;
  for (const list of lists) {
    for (const value of list ?? []) {
      if (value === null) continue;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return [low, high];
}

function lineAxis(chart, hidden, lines) {
  const shown = chart.series.filter((_, i) => !hidden.has(i)).map(({ values }) => values);
  const isFirstShown = !hidden.has(0);
  let [low, high] = extremes(isFirstShown && chart.expected ? [...shown, chart.expected.high, chart.expected.low] : shown);
  const isPositive = extremes(shown)[0] >= 0;
  if (isFirstShown && chart.forecast) {
    const { values, low95, high95 } = chart.forecast;
    const [least, most] = extremes([values, low95, high95]);
    // An uncertain forecast must not press flat what was measured.
    const room = Math.max(high - low, Math.abs(high) * 0.2, 1e-12) * 1.2;
    low = Math.max(Math.min(low, least), low - room);
    high = Math.min(Math.max(high, most), high + room);
  }
  if (isPositive && low < 0) low = 0;
  return axisFor(low, high, chart.unit, lines);
}

// A band as two lines on top of each other, of which only what lies between is painted.
function bandSeries(name, points, low, high, axis, colour, alpha) {
  const clamp = (value) => Math.max(axis.min, Math.min(axis.max, value));
  const pair = low.map((value, i) => (value === null || high[i] === null ? null : [clamp(value), clamp(high[i])]));
  const common = { type: "line", stack: name, stackStrategy: "all", symbol: "none", silent: true, lineStyle: { width: 0 }, emphasis: { disabled: true }, z: 1 };
  return [
    { ...common, name: `${name}-low`, data: pair.map((both, i) => [points(i), both ? both[0] : null]) },
    { ...common, name: `${name}-high`, data: pair.map((both, i) => [points(i), both ? both[1] - both[0] : null]), areaStyle: { color: faded(colour, alpha), opacity: 1 } },
  ];
}

function lineOption(chart, hidden, width) {
  const { soft, faint, line, surface, text, bad, warning } = colours();
  const at = (i) => chart.start_us / 1e3 + (i * chart.step_us) / 1e3;
  const axis = lineAxis(chart, hidden, width < 480 ? 4 : 5);
  const length = Math.max(1, ...chart.series.map(({ values }) => values.length));
  const first = seriesColour(0);
  const isFirstShown = !hidden.has(0);
  const series = [];
  let end = at(length - 1);

  if (isFirstShown && chart.expected) {
    series.push(...bandSeries("expected", at, chart.expected.low, chart.expected.high, axis, first, 0.13));
  }
  if (isFirstShown && chart.forecast?.values.length > 0) {
    const { forecast } = chart;
    const later = (i) => forecast.start_us / 1e3 + (i * forecast.step_us) / 1e3;
    end = Math.max(end, later(forecast.values.length - 1));
    series.push(...bandSeries("forecast95", later, forecast.low95, forecast.high95, axis, first, 0.12));
    series.push(...bandSeries("forecast80", later, forecast.low80, forecast.high80, axis, first, 0.16));
    series.push({
      type: "line", name: "forecast", symbol: "none", silent: true, z: 3, emphasis: { disabled: true },
      lineStyle: { color: first, width: 2, type: [5, 4] },
      data: forecast.values.map((value, i) => [later(i), value]),
      markLine: marker([{ xAxis: later(0), name: "forecast" }], faint, soft, surface),
    });
  }
  chart.series.forEach(({ values }, i) => {
    if (hidden.has(i)) return;
    const colour = seriesColour(i);
    const isAlone = chart.series.length === 1;
    series.push({
      type: "line", name: `series-${i}`, z: 4, connectNulls: false, emphasis: { disabled: true },
      ...lineSymbols(values), itemStyle: { color: colour },
      lineStyle: { color: colour, width: values.length > 1500 ? 1.25 : 1.75, type: lineDash(i), join: "round" },
      // One line alone carries a hint of its area; more of them would only mix.
      areaStyle: isAlone && !chart.expected && axis.min === 0
        ? { color: { type: "linear", x: 0, y: 0, x2: 0, y2: 1, colorStops: [{ offset: 0, color: faded(colour, 0.16) }, { offset: 1, color: faded(colour, 0.01) }] } }
        : null,
      data: values.map((value, at_) => [at(at_), value]),
      markLine: i === 0 && chart.changes?.length > 0
        ? marker(chart.changes.map((change, n) => ({ xAxis: change.at_us / 1e3, name: changeSign(n) })), text, text, surface)
        : null,
    });
  });
  if (isFirstShown && chart.anomalies?.length > 0) {
    series.push({
      type: "line", name: "anomalies", silent: true, z: 6, lineStyle: { width: 0 }, emphasis: { disabled: true }, showAllSymbol: true,
      data: chart.anomalies.map((anomaly) => {
        const { symbol, size, look } = anomalySign(anomaly);
        return {
          value: [anomaly.at_us / 1e3, Math.max(axis.min, Math.min(axis.max, anomaly.value))], symbol, symbolSize: size,
          itemStyle: { color: look === "bad" ? bad : warning, borderColor: surface, borderWidth: 1.5 },
        };
      }),
    });
  }

  const start = at(0);
  return {
    grid: { left: 4, right: 14, top: chart.changes?.length || chart.forecast ? 24 : 12, bottom: 2, containLabel: true },
    tooltip: tipOption("axis", (params) => lineTip(chart, hidden, params)),
    xAxis: {
      type: "time",
      min: start,
      max: end > start ? end : start + chart.step_us / 1e3,
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      splitNumber: Math.max(2, Math.min(8, Math.floor(width / 110))),
      axisLabel: { color: soft, fontSize: 11, margin: 10, hideOverlap: true, formatter: (value) => clockLabel(value * 1e3, end - start < 600 ? 1e3 : end - start < 300_000 ? SECOND_US : 60 * SECOND_US) },
      splitLine: { show: false },
    },
    yAxis: valueAxis(axis),
    // Without the key the wheel must go on scrolling the page.
    dataZoom: length > 60 ? [{ type: "inside", zoomOnMouseWheel: "ctrl", moveOnMouseMove: true, moveOnMouseWheel: false, preventDefaultMouseMove: false }] : [],
    series,
  };
}

// Upright lines with a short label on top; longer texts are in the notes below the chart.
function marker(data, colour, textColour, surface) {
  return {
    symbol: "none", silent: true, animation: false,
    lineStyle: { color: colour, width: 1, type: [3, 3], opacity: 0.75 },
    label: { show: true, position: "end", distance: 3, color: textColour, fontSize: 11, fontWeight: 600, textBorderColor: surface, textBorderWidth: 2, formatter: ({ name }) => name },
    data,
  };
}

// Points only where a line would not show the value: between two gaps, or when there are few.
function lineSymbols(values) {
  const isAlone = (i) => values[i] !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null;
  const isFew = values.length <= 24;
  if (!isFew && !values.some((_, i) => isAlone(i))) return { symbol: "none" };
  return { symbol: "circle", showAllSymbol: true, symbolSize: (_, { dataIndex }) => (isFew || isAlone(dataIndex) ? 5 : 0) };
}

function lineTip(chart, hidden, params) {
  const micros = (params[0]?.axisValue ?? 0) * 1e3;
  const { unit } = chart;
  const i = Math.round((micros - chart.start_us) / chart.step_us);
  const rows = [build("div", { class: "tip-head" }, bucketText(micros, chart.step_us))];
  const values = chart.series
    .map(({ name, values }, at) => ({ name, at, value: values[i] }))
    .filter(({ at, value }) => !hidden.has(at) && value !== undefined);
  // The greatest first, as the lines lie at the pointer.
  values.sort((a, b) => (b.value ?? -Infinity) - (a.value ?? -Infinity));
  rows.push(...values.slice(0, 12).map(({ name, at, value }) => tipLine(name, humanise(value, unit), seriesColour(at))));
  if (hidden.has(0)) return rows;
  const range = (low, high) => `${humanise(low, unit)} – ${humanise(high, unit)}`;
  if ((chart.expected?.low[i] ?? null) !== null) rows.push(tipLine("expected", range(chart.expected.low[i], chart.expected.high[i])));
  if (chart.forecast) {
    const { values: expected, low80, high80, low95, high95, start_us, step_us } = chart.forecast;
    const later = Math.round((micros - start_us) / step_us);
    if (later >= 0 && later < expected.length) {
      rows.push(tipLine("forecast", humanise(expected[later], unit), seriesColour(0)));
      rows.push(tipLine("four in five", range(low80[later], high80[later])));
      rows.push(tipLine("19 in 20", range(low95[later], high95[later])));
    }
  }
  const isHere = (at) => Math.abs(at - micros) <= chart.step_us / 2;
  for (const anomaly of (chart.anomalies ?? []).filter(({ at_us }) => isHere(at_us)).slice(0, 3)) {
    rows.push(build("div", { class: "tip-note" }, `${anomalySign(anomaly).text} ${cut(anomaly.text, 160)}`));
  }
  (chart.changes ?? []).forEach((change, n) => {
    if (isHere(change.at_us)) rows.push(build("div", { class: "tip-note" }, `${changeSign(n)} ${cut(change.text, 160)}`));
  });
  return rows;
}

function lineSummary(chart, title) {
  const [low, high] = extremes(chart.series.map(({ values }) => values));
  const length = Math.max(0, ...chart.series.map(({ values }) => values.length));
  const parts = [`${title}: ${counted(chart.series.length, "line")} ${rangeText(chart.start_us, chart.start_us + length * chart.step_us)}`];
  if (low <= high) {
    const top = chart.series.find(({ values }) => values.includes(high));
    const when = chart.start_us + top.values.indexOf(high) * chart.step_us;
    parts.push(`lowest ${humanise(low, chart.unit)}`, `highest ${humanise(high, chart.unit)} (${cut(top.name, 60)}, ${bucketText(when, chart.step_us)})`);
  } else {
    parts.push("no values");
  }
  if (chart.anomalies?.length > 0) parts.push(counted(chart.anomalies.length, "anomaly", "anomalies"));
  if (chart.changes?.length > 0) parts.push(counted(chart.changes.length, "change"));
  if (chart.forecast?.values.length > 0) parts.push(`forecast ${humanise(chart.forecast.values.at(-1), chart.unit)} at its end`);
  return parts.join(", ");
}
