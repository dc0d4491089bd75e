// What a person does with a report: sorts and filters tables, asks what if, moves about the
// timeline, opens a waterfall, changes the theme. Each step says what did not work.

// Sorting by click and by key, filtering.
export async function useTables({ page, fail, pause }) {
  const column = (table, at) => table.evaluate((each, index) => [...each.tBodies[0].rows].map((row) => {
    const cell = row.cells[index];
    return cell.classList.contains("null") ? null : cell.dataset.sort === undefined ? cell.textContent.trim() : Number(cell.dataset.sort);
  }), at);
  const isOrdered = (values, sign) => {
    const filled = values.filter((value) => value !== null);
    const words = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
    const nullsLast = values.indexOf(null) < 0 || values.slice(values.indexOf(null)).every((value) => value === null);
    return nullsLast && filled.every((value, i) => i === 0 || sign * (typeof value === "number" && typeof filled[i - 1] === "number" ? value - filled[i - 1] : words.compare(value, filled[i - 1])) >= 0);
  };
  for (const table of await page.$$("table.sortable")) {
    const heads = await table.$$("thead th");
    for (const at of [0, heads.length - 1]) {
      const head = heads[at];
      const button = await head.$("button");
      const isNumber = await head.evaluate((each) => each.classList.contains("number"));
      await button.evaluate((each) => each.click());
      const first = await head.evaluate((each) => each.getAttribute("aria-sort"));
      if (first !== (isNumber ? "descending" : "ascending")) fail(`a click sorts a column as ${first}`);
      if (!isOrdered(await column(table, at), isNumber ? -1 : 1)) fail(`column ${at} is not in order`);
      await button.focus();
      await page.keyboard.press("Enter");
      const second = await head.evaluate((each) => each.getAttribute("aria-sort"));
      if (second === first) fail("Enter on a head does not sort");
      if (!isOrdered(await column(table, at), isNumber ? 1 : -1)) fail(`column ${at} is not in order after Enter`);
    }
  }
  for (const field of await page.$$(".table-filter input")) {
    const shown = () => field.evaluate((each) => [...each.closest(".table-filter").nextElementSibling.querySelectorAll("tbody tr")].filter((row) => !row.hidden).length);
    const before = await shown();
    await field.type("zzzz no such row");
    await pause(160);
    if ((await shown()) !== 0) fail("a filter leaves rows that do not match");
    await field.evaluate((each) => {
      each.value = "";
      each.dispatchEvent(new Event("input"));
    });
    await pause(160);
    if ((await shown()) !== before) fail("an empty filter hides rows");
  }
}

// Hides a series, and holds the pointer over each chart so that its tip is built.
export async function useCharts({ page, fail, pause }) {
  const key = await page.$(".key button");
  if (key) {
    await key.evaluate((each) => each.click());
    if ((await key.evaluate((each) => each.getAttribute("aria-pressed"))) !== "false") fail("a key's button does not hide its series");
    await key.evaluate((each) => each.click());
  }
  for (const area of await page.$$("figure:not([data-kind=timeline]) .drawing")) {
    await area.scrollIntoView();
    const box = await area.boundingBox();
    await page.mouse.move(box.x + box.width * 0.47, box.y + Math.min(box.height * 0.5, 20 + box.height * 0.3));
    await pause(60);
    await page.mouse.move(box.x + box.width * 0.5, box.y + Math.min(box.height * 0.5, 30 + box.height * 0.3));
    await pause(60);
  }
  if ((await page.$$("img[onerror], .plot img, .plot script")).length > 0) fail("data became markup");
}

// Each offered change gives a time.
export async function usePath({ page, fail }) {
  const control = await page.$(".what-if");
  if (!control) return;
  const read = () => page.$eval(".what-if-result", (each) => each.textContent);
  const before = await read();
  await page.focus(".what-if .switch button:last-child");
  await page.keyboard.press("Enter");
  if ((await read()) === before) fail("another change has the same words");
  if (!(await page.$eval(".what-if .switch button:last-child", (each) => each === document.activeElement))) fail("the change loses the focus");
}

// Search, filters, keys, details, waterfall; then how fast it moves.
export async function useTimeline({ page, fail, pause, picture, checkAccess, isTimed }) {
  const figure = await page.$("figure[data-kind=timeline]");
  if (!figure || (await figure.$(".lane-heads button")) === null) return null;
  const frames = () => figure.evaluate((each) => each.dataset.window);
  const text = (selector) => page.$eval(selector, (each) => each.textContent);
  await figure.scrollIntoView();
  await figure.evaluate((each) => scrollBy({ top: each.getBoundingClientRect().top - 10, behavior: "instant" }));
  const canvas = await figure.$(".lanes-canvas");

  // Keys move from bar to bar, Enter shows details.
  await canvas.focus();
  const whole = await frames();
  await page.keyboard.press("ArrowRight");
  const first = await text("figure[data-kind=timeline] [aria-live]");
  if (first.length < 10) fail("an arrow key selects no span");
  for (const key of ["ArrowRight", "ArrowDown", "ArrowDown", "ArrowUp"]) await page.keyboard.press(key);
  if ((await text("figure[data-kind=timeline] [aria-live]")) === first) fail("arrow keys stay at one span");
  await page.keyboard.press("Enter");
  await pause(120);
  if (!(await page.$(".details:not([hidden]) dl div"))) fail("Enter shows no details");
  await picture(page, "timeline-details", false);

  // Zoom and pan by keys.
  await canvas.focus();
  await page.keyboard.press("+");
  await page.keyboard.press("+");
  await pause(120);
  const zoomed = await frames();
  if (zoomed === whole) fail("the key + does not zoom");
  await page.keyboard.down("Shift");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.up("Shift");
  await pause(120);
  if ((await frames()) === zoomed) fail("Shift and an arrow do not move the window");
  await page.keyboard.press("0");
  await pause(120);
  if ((await frames()) !== whole) fail("the key 0 does not show all");

  // The pointer: drag, wheel with Ctrl, a range on the clock.
  const box = await canvas.boundingBox();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 40);
  await page.keyboard.down("Control");
  await page.mouse.wheel({ deltaY: -200 });
  await page.keyboard.up("Control");
  await pause(120);
  const wheeled = await frames();
  if (wheeled === whole) fail("Ctrl and the wheel do not zoom");
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.4, box.y + 40, { steps: 4 });
  await page.mouse.up();
  await pause(120);
  if ((await frames()) === wheeled) fail("dragging does not move the window");
  const clock = await (await figure.$(".clock")).boundingBox();
  const dragged = await frames();
  await page.mouse.move(clock.x + clock.width * 0.3, clock.y + 10);
  await page.mouse.down();
  await page.mouse.move(clock.x + clock.width * 0.6, clock.y + 10, { steps: 4 });
  await page.mouse.up();
  await pause(120);
  if ((await frames()) === dragged) fail("a range on the clock does not zoom");
  await page.keyboard.press("Escape");

  // Search.
  const field = await figure.$(".search input");
  const name = await figure.evaluate((each) => JSON.parse(document.getElementById("report-data").textContent).charts[each.dataset.chart].names.find((word) => /^\w/.test(word)).slice(0, 6));
  await field.type(name);
  await pause(250);
  const count = await text("figure[data-kind=timeline] .search .count");
  if (!/\d/.test(count)) fail(`the search for ${name} says ${count}`);
  await page.keyboard.press("Enter");
  await pause(120);
  if (!/^1 of /.test(await text("figure[data-kind=timeline] .search .count"))) fail("Enter does not go to the first match");
  await field.evaluate((each) => {
    each.value = "";
    each.dispatchEvent(new Event("input"));
  });

  // A filter by agent takes away a lane.
  const lanes = () => figure.$$eval(".lane-heads button", (each) => each.length);
  const before = await lanes();
  await figure.$eval(".menu > summary", (each) => each.click());
  await figure.$eval(".menu input[type=checkbox]", (each) => each.click());
  await pause(120);
  if (before > 1 && (await lanes()) !== before - 1) fail("a filter by agent does not take its lane away");
  await page.evaluate(() => [...document.querySelectorAll(".chips button")].find((each) => each.textContent === "Clear filters").click());
  await page.keyboard.press("Escape");
  await figure.$$eval(".menu[open]", (menus) => menus.forEach((menu) => (menu.open = false)));
  if ((await lanes()) !== before) fail("clearing the filters does not bring the lane back");
  await figure.$eval(".lane-heads button", (each) => each.click());
  if ((await figure.$eval(".lane-heads button", (each) => each.getAttribute("aria-expanded"))) !== "false") fail("a lane does not fold");
  await figure.$eval(".lane-heads button", (each) => each.click());

  // The list of the window, and the waterfall from the details.
  await figure.$eval(".as-table > summary", (each) => each.click());
  await pause(300);
  if ((await figure.$$(".as-table tbody tr")).length === 0) fail("the table of the window is empty");
  await figure.$eval(".as-table > summary", (each) => each.click());
  await canvas.focus();
  await page.keyboard.press("0");
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("Enter");
  await pause(120);
  const opener = await page.$(".details-actions button");
  const waterfall = { rows: 0, milliseconds: 0 };
  if (opener && /waterfall/.test(await opener.evaluate((each) => each.textContent))) {
    const began = Date.now();
    await opener.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector("dialog.waterfall[open] .tree-row");
    waterfall.milliseconds = Date.now() - began;
    waterfall.rows = (await page.$$(".tree-row")).length;
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowUp");
    if (!(await page.evaluate(() => document.activeElement.classList.contains("tree-row")))) fail("keys do not move in the waterfall");
    await picture(page, "waterfall", false);
    await checkAccess(page, "waterfall");
    await page.keyboard.press("Escape");
    await pause(120);
    if (await page.$("dialog.waterfall")) fail("Escape does not close the waterfall");
  }
  const hasNames = (await page.$("th[data-name=session_id], th[data-name=trace_id], th[data-name=agent]")) !== null;
  if (hasNames && !(await page.$("td .link, tbody th .link"))) fail("no cell of a table leads to the timeline");

  const firstPaint = Number(await figure.evaluate((each) => each.dataset.firstPaint));
  if (isTimed && !(firstPaint < 1000)) fail(`the timeline's first paint takes ${firstPaint} ms`);
  const speed = { zoom: await framesPerSecond(page, "zoom"), pan: await framesPerSecond(page, "pan"), whole: await framesPerSecond(page, "whole") };
  for (const [way, { framesPerSecond: each }] of Object.entries(speed)) if (isTimed && each < 30) fail(`only ${each} frames a second: ${way}`);
  const bars = Number(await figure.$eval(".controls .search", (each) => each.dataset.records));
  return { bars, firstPaintMilliseconds: firstPaint, speed, waterfall };
}

// Moves the timeline in every frame for a while, and counts the frames that got drawn.
function framesPerSecond(page, way) {
  return page.evaluate((how) => new Promise((done) => {
    const figure = document.querySelector("figure[data-kind=timeline]");
    figure.scrollIntoView({ behavior: "instant" });
    const canvas = figure.querySelector(".lanes-canvas");
    const { left, top, width } = canvas.getBoundingClientRect();
    const wheel = (x, deltaY, deltaX, ctrlKey) => canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, deltaX, ctrlKey, clientX: left + x, clientY: top + 20, bubbles: true, cancelable: true }));
    canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "0" }));
    if (how === "pan") for (let i = 0; i < 6; i += 1) wheel(width / 2, -60, 0, true);
    const start = performance.now();
    const before = Number(figure.dataset.frames);
    let steps = 0;
    let worst = 0;
    let last = start;
    function step(now) {
      steps += 1;
      if (steps > 2) worst = Math.max(worst, now - last);
      last = now;
      const time = performance.now() - start;
      if (time > 2000) return done({ framesPerSecond: Math.round(((Number(figure.dataset.frames) - before) / time) * 1000), worstMilliseconds: Math.round(worst) });
      if (how === "zoom") wheel(width / 2, Math.floor(steps / 40) % 2 ? 20 : -20, 0, true);
      else if (how === "pan") wheel(width / 2, 0, Math.floor(steps / 30) % 2 ? 25 : -25, false);
      else wheel(width / 2, steps % 2 ? 1 : -1, 0, true);
      return requestAnimationFrame(step);
    }
    requestAnimationFrame(step);
  }), way);
}

// The switch goes through its three choices, and the page follows.
export async function useTheme({ page, fail, pause }) {
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.$eval(".theme-switch [data-choice=dark]", (each) => each.click());
  await pause(400);
  if ((await ground()) === light) fail("the switch does not make the page dark");
  await page.$eval(".theme-switch [data-choice=auto]", (each) => each.click());
  await pause(300);
  if ((await ground()) !== light) fail("the switch does not go back to the system's theme");
}
