// Sorts and narrows the tables of the page, and leads from their cells to the timeline.

const FILTER_FROM_ROWS = 8;

function improveTables() {
  for (const table of document.querySelectorAll("table.sortable")) {
    addSorting(table);
    if (table.tBodies[0].rows.length > FILTER_FROM_ROWS) addFilter(table);
  }
}

function addSorting(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    const button = build("button", { type: "button", class: "sort" });
    button.append(build("span", null, ...head.childNodes), buildIcon("M5 6.5 8 3.5l3 3M5 9.5l3 3 3-3"));
    head.append(button);
    button.addEventListener("click", () => {
      const isDescending = head.getAttribute("aria-sort") === "ascending" || (!head.hasAttribute("aria-sort") && head.classList.contains("number"));
      for (const other of heads) other.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", isDescending ? "descending" : "ascending");
      sortRows(table, column, isDescending);
    });
  });
}

// Numbers by their raw value, all else as people order words; cells without a value stay last.
function sortRows(table, column, isDescending) {
  const body = table.tBodies[0];
  const keyed = [...body.rows].map((row) => {
    const cell = row.cells[column];
    const isNull = !cell || cell.classList.contains("null");
    const number = cell?.dataset.sort === undefined ? null : Number(cell.dataset.sort);
    return { row, isNull, number: Number.isFinite(number) ? number : null, text: cell?.textContent.trim() ?? "" };
  });
  const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
  keyed.sort((a, b) => {
    if (a.isNull || b.isNull) return a.isNull - b.isNull;
    const order = a.number !== null && b.number !== null ? a.number - b.number : words.compare(a.text, b.text);
    return isDescending ? -order : order;
  });
  body.append(...keyed.map(({ row }) => row));
}

function addFilter(table) {
  const frame = table.closest(".frame");
  const rows = [...table.tBodies[0].rows];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const title = table.caption?.textContent ?? "table";
  const count = build("span", { class: "count", role: "status" });
  const field = build("input", { type: "search", placeholder: `Filter ${humanise(rows.length, "count")} rows`, "aria-label": `Filter the rows of ${title}`, autocomplete: "off", spellcheck: "false" });
  const look = () => {
    const wanted = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !wanted.every((word) => texts[i].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    count.textContent = wanted.length === 0 ? "" : `${humanise(shown, "count")} of ${humanise(rows.length, "count")}`;
  };
  field.addEventListener("input", settled(60, look));
  frame.before(build("div", { class: "table-filter" }, build("span", { class: "search" }, buildIcon("M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9M10.3 10.3 14 14"), field, count)));
}

// The names that at least one bar of the timeline has, with their places in its list.
function drawnNames(chart, list) {
  const used = new Set(chart.bars[{ sessions: "session", traces: "trace", lanes: "lane" }[list]]);
  return new Map(chart[list].map((name, i) => [name, i]).filter(([, i]) => used.has(i)));
}

// Makes buttons of the sessions, traces and agents that a timeline of the page has. `open(id)`
// draws that timeline if it is not drawn yet and answers it.
function linkTables(charts, open) {
  const found = Object.entries(charts).filter(([, chart]) => chart.kind === "timeline");
  if (found.length === 0) return;
  const lists = { session_id: "sessions", trace_id: "traces", agent: "lanes" };
  for (const table of document.querySelectorAll("table.sortable")) {
    [...table.tHead.rows[0].cells].forEach((head, column) => {
      const list = lists[head.dataset.name];
      if (!list) return;
      const known = found.map(([id, chart]) => [id, drawnNames(chart, list)]);
      for (const row of table.tBodies[0].rows) {
        const cell = row.cells[column];
        // What a cell shows may be cut; its title is the whole.
        const name = cell.title || cell.textContent.trim();
        const [id, names] = known.find(([, names]) => names.has(name)) ?? [];
        if (id === undefined || cell.classList.contains("null")) continue;
        const words = { sessions: "Show this session in the timeline, with its waterfall", traces: "Show this trace in the timeline, with its waterfall", lanes: "Show this agent in the timeline" }[list];
        const button = build("button", { type: "button", class: "link", title: words });
        button.append(...cell.childNodes);
        cell.append(button);
        button.addEventListener("click", () => {
          const timeline = open(id);
          if (!timeline) return;
          if (list === "lanes") {
            timeline.onlyAgent(names.get(name));
          } else {
            const kind = list === "sessions" ? "session" : "trace";
            timeline.narrow(kind, names.get(name));
            timeline.openWaterfall(kind, name);
          }
        });
      }
    });
  }
}
