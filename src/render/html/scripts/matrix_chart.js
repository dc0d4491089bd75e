// A heat map of rows and columns: who wrote to whom, and how often.

const MOST_CELLS = 60;

function drawMatrix(plot, chart, title) {
  const rows = chart.rows.slice(0, MOST_CELLS);
  const columns = chart.columns.slice(0, MOST_CELLS);
  const cells = chart.cells.filter(([row, column]) => row < rows.length && column < columns.length);
  const most = Math.max(0, ...cells.map(([, , value]) => value));
  drawWithLibrary(plot, (width) => matrixDrawing({ ...chart, rows, columns, cells, most }, width, title));
  const scale = build("p", { class: "scale", "aria-hidden": "true" }, build("span", null, "0"), build("i"), build("span", null, humanise(most, chart.unit)));
  plot.append(scale);
  if (rows.length < chart.rows.length || columns.length < chart.columns.length) {
    plot.append(build("p", { class: "after" }, `The first ${rows.length} of ${chart.rows.length} rows and ${columns.length} of ${chart.columns.length} columns are drawn.`));
  }
}

// Colours grow with the root of the value: a few busy cells would leave all others pale.
function matrixShade(value, most) {
  return most > 0 ? Math.sqrt(Math.max(0, value) / most) : 0;
}

function matrixDrawing(chart, width, title) {
  const { text, surface, accent, raised } = colours();
  const { rows, columns, cells, most, unit } = chart;
  const labelWidth = Math.round(Math.min(170, width * 0.28));
  const space = (width - labelWidth - 20) / Math.max(1, columns.length);
  const longest = Math.max(1, ...columns.map((name) => name.length)) * 6.3;
  // Wide columns cut their names rather than turn them.
  const isTurned = longest > space - 8 && space < 76;
  const headHeight = isTurned ? Math.min(104, longest * 0.78 + 18) : 26;
  const rowHeight = Math.max(20, Math.min(34, space));
  const paint = (share) => mixed(mixed(surface, accent, 0.1), accent, share);
  const hasText = space >= 38;
  const category = (data, look) => ({
    type: "category", data, axisLine: { show: false }, axisTick: { show: false }, splitArea: { show: false },
    axisLabel: { color: text, fontSize: 11, interval: 0, overflow: "truncate", ...look },
  });
  return {
    height: Math.round(headHeight + rows.length * rowHeight + 10),
    label: matrixSummary(chart, title),
    isEmpty: cells.length === 0,
    option: {
      grid: { left: labelWidth + 10, right: 6, top: headHeight, bottom: 4, show: true, backgroundColor: raised, borderWidth: 0 },
      tooltip: tipOption("item", ({ data }) => {
        const [column, row, , value, words] = data.value;
        return [
          build("div", { class: "tip-head" }, `${cut(rows[row], 60)} → ${cut(columns[column], 60)}`),
          tipLine("", humanise(value, unit)),
          words ? build("div", { class: "tip-note" }, cut(words, 240)) : null,
        ];
      }),
      xAxis: { ...category(columns, { width: isTurned ? 120 : Math.max(20, space - 6), rotate: isTurned ? 45 : 0, margin: 8 }), position: "top" },
      yAxis: { ...category(rows, { width: labelWidth, margin: 8 }), inverse: true },
      visualMap: { show: false, type: "continuous", min: 0, max: 1, dimension: 2, inRange: { color: [paint(0), paint(0.5), paint(1)] } },
      series: [{
        type: "heatmap",
        emphasis: { disabled: true },
        itemStyle: { borderColor: surface, borderWidth: 2, borderRadius: 4 },
        data: cells.map(([row, column, value, words]) => {
          const share = matrixShade(value, most);
          return {
            value: [column, row, share, value, words],
            label: { show: hasText, color: lightness(paint(share)) > 0.3 ? "#15161a" : "#ffffff", fontSize: 11, formatter: () => humanise(value, unit) },
          };
        }),
      }],
    },
  };
}

function matrixSummary(chart, title) {
  const { rows, columns, cells, unit } = chart;
  const busiest = [...cells].sort((a, b) => b[2] - a[2]).slice(0, 3);
  const words = busiest.map(([row, column, value]) => `${cut(rows[row], 40)} to ${cut(columns[column], 40)} ${humanise(value, unit)}`);
  return `${title}: ${counted(rows.length, "row")}, ${counted(columns.length, "column")}, most ${words.join(", ") || "nothing"}`;
}
