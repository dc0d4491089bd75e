// Bars that lie: one for each category, the largest on top as the data has them.

const MOST_BARS = 40;

function drawBars(plot, chart, title) {
  const hidden = new Set();
  const { redraw } = drawWithLibrary(plot, (width) => ({
    height: barHeight(chart, hidden),
    label: barSummary(chart, title),
    isEmpty: chart.categories.length === 0,
    option: barOption(chart, hidden, width),
  }));
  addKey(plot, chart.series.map(({ name }) => name), (i) => buildSwatch(seriesColour(i), i === 0 ? null : `decal-${((i - 1) % 4) + 1}`), hidden, redraw);
  if (chart.categories.length > MOST_BARS) {
    plot.append(build("p", { class: "after" }, `The first ${MOST_BARS} of ${humanise(chart.categories.length, "count")} are drawn.`));
  }
}

function barHeight(chart, hidden) {
  const rows = Math.min(MOST_BARS, Math.max(1, chart.categories.length));
  const shown = chart.stacked ? 1 : Math.max(1, chart.series.length - hidden.size);
  if (chart.categories.length === 0) return 160;
  return rows * (shown === 1 ? 30 : 14 + 13 * shown) + 34;
}

function barTotal(chart, hidden, category) {
  return chart.series.reduce((sum, { values }, i) => (hidden.has(i) ? sum : sum + (values[category] ?? 0)), 0);
}

function barOption(chart, hidden, width) {
  const { soft, text, surface, line } = colours();
  const categories = chart.categories.slice(0, MOST_BARS);
  const shown = chart.series.map((each, i) => ({ ...each, i })).filter(({ i }) => !hidden.has(i));
  const sums = categories.map((_, at) => barTotal(chart, hidden, at));
  const [low, high] = chart.stacked ? extremes([sums]) : extremes(shown.map(({ values }) => values.slice(0, MOST_BARS)));
  const axis = axisFor(Math.min(0, low), Math.max(0, high), chart.unit, width < 480 ? 3 : 5);
  // The library guesses the width of labels, and would clip their first letters.
  const labels = categories.map((name) => fittedText(name || "(none)", 12, Math.min(190, width * 0.34)));
  const labelWidth = Math.ceil(Math.max(20, ...labels.map((text) => textWidth(text, 12))));
  // The value stands behind its bar, so the longest bar must leave room for it.
  const hasValues = chart.stacked || categories.length * shown.length <= 60;
  const room = Math.max(...(chart.stacked ? sums : shown.flatMap(({ values }) => values.slice(0, MOST_BARS))).map((value) => humanise(value, chart.unit).length), 1) * 6.6 + 8;
  const value = (number) => ({
    show: true, position: "right", distance: 6, color: text, fontSize: 11,
    formatter: ({ dataIndex }) => humanise(number(dataIndex), chart.unit),
  });
  return {
    grid: { left: labelWidth + 12, right: hasValues ? Math.round(room) : 14, top: 4, bottom: 26 },
    tooltip: tipOption("axis", (params) => barTip(chart, hidden, params[0]?.dataIndex ?? 0), "shadow"),
    xAxis: valueAxis(axis),
    yAxis: {
      type: "category",
      inverse: true,
      data: labels.map((_, at) => String(at)),
      axisLine: { lineStyle: { color: line } },
      axisTick: { show: false },
      axisLabel: { color: text, fontSize: 12, margin: 10, interval: 0, formatter: (_, at) => labels[at] },
    },
    series: shown.map(({ values, i }, at) => {
      const isLast = at === shown.length - 1;
      return {
        type: "bar",
        name: `series-${i}`,
        stack: chart.stacked ? "all" : null,
        barMaxWidth: 18,
        barMinHeight: 1,
        barCategoryGap: "36%",
        barGap: "15%",
        emphasis: { disabled: true },
        itemStyle: {
          color: seriesColour(i),
          // A seam tells parts of a stack apart without their colours.
          borderColor: surface,
          borderWidth: chart.stacked && shown.length > 1 ? 1 : 0,
          borderRadius: chart.stacked ? 0 : [0, 3, 3, 0],
          decal: shown.length > 1 ? decal(i) : null,
        },
        label: chart.stacked
          ? (isLast ? value((index) => sums[index]) : { show: false })
          : hasValues ? value((index) => values[index]) : { show: false },
        data: categories.map((_, index) => values[index] ?? (chart.stacked ? 0 : null)),
      };
    }),
  };
}

function barTip(chart, hidden, category) {
  const rows = [build("div", { class: "tip-head" }, cut(chart.categories[category] || "(none)", 120))];
  chart.series.forEach(({ name, values }, i) => {
    if (!hidden.has(i)) rows.push(tipLine(name, humanise(values[category] ?? null, chart.unit), seriesColour(i)));
  });
  if (chart.stacked && chart.series.length > 1) rows.push(tipLine("together", humanise(barTotal(chart, hidden, category), chart.unit)));
  return rows;
}

function barSummary(chart, title) {
  const none = new Set();
  const first = chart.categories.slice(0, 3).map((name, at) => {
    const number = chart.stacked || chart.series.length === 1 ? barTotal(chart, none, at) : chart.series[0]?.values[at] ?? null;
    return `${cut(name || "(none)", 60)} ${humanise(number, chart.unit)}`;
  });
  return `${title}: ${counted(chart.categories.length, "bar")}, ${chart.categories.length > 0 ? first.join(", ") : "no values"}`;
}
